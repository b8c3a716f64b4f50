// Redis' own limit: how many calls of a small script redis-benchmark brings through a Redis.
//
// Comparable to one move of a job (enqueue, claim or finish) in what no queue of this kind can do
// without: it reads the clock, reads four facts under ids that came with the call, and changes six
// of the same kinds of keys: a job's hash, the index it leaves and the one it enters, the member's
// lock, the member's hash and its due time. It checks nothing, and keeps no counts.
#pragma once

#include <cstddef>

#include "tests/contract/redis_server.hpp"

namespace claimferry::bench {

struct LimitOptions {
  unsigned connections;
  unsigned depth;       // calls on their way at once on each
  std::size_t members;  // ids in use
  std::size_t calls;
};

struct LimitFigures {
  double seconds = 0;
  double client_cpu_seconds = 0;
};

// Throws std::runtime_error when redis-benchmark fails.
LimitFigures run_limit(const contract::RedisServer& server, const LimitOptions& options);

}  // namespace claimferry::bench
