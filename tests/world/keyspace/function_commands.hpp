// FUNCTION LOAD, LIST, DELETE, FLUSH and FCALL, FCALL_RO as commands, in Redis' words.
#pragma once

#include "tests/world/keyspace/function_libraries.hpp"

namespace claimferry::world {

Reply function_command(FunctionLibraries& libraries, const Arguments& command);
// FCALL name numkeys key… argument…; only_reads: FCALL_RO.
Reply call_function(FunctionLibraries& libraries, const Arguments& command, bool only_reads);

}  // namespace claimferry::world
