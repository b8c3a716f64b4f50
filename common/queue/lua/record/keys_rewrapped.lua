-- keys_rewrapped: version, the id of the key that wraps now, then members whose data keys in the database of record
-- were wrapped anew.
for at = 3, #ARGV do trail.add('data_key_rewrapped', 'member', ARGV[at], 'key', ARGV[2]) end
return #ARGV - 2
