// A call of the operators' function library: as words, as the redis-cli line that does the same,
// and as Redis answers it.
#pragma once

#include <string>
#include <vector>

#include "common/redis/reply.hpp"

namespace claimferry::ctl {

struct ConsoleCall {
  std::string function;  // "cf_pause"
  std::vector<std::string> words;
  std::string lines;  // of a bulk call: what redis-cli -x reads from standard input
};

// FCALL and its words, the lines last.
std::vector<std::string> as_command(const ConsoleCall& call);
// "redis-cli -e FCALL cf_pause 1 'cf:{0}' lane:backfill for=2h", quoted for a shell.
std::string as_redis_cli(const ConsoleCall& call);
// A word as a shell takes it for one.
std::string quoted(const std::string& word);

// --explain of commands that do the same as a call.
inline constexpr auto explain_help =
    "print the redis-cli line that does the same, with a connection of its own";
void print_redis_cli(const ConsoleCall& call);

// The answer as it is printed: a text, or lines under each other.
std::string as_text(const redis::Reply& reply);

}  // namespace claimferry::ctl
