-- Begins a script that a program calls: KEYS[1] is the root, ARGV[1] the writer's version.
begin(KEYS[1])
local refused = version_refused(ARGV[1])
if refused then return refused end
