// Whole runs over a queue: members that are added, and shards that carry their jobs round.
#pragma once

#include <cstdint>
#include <vector>

#include "common/redis/endpoint.hpp"
#include "tests/bench/queue_shard.hpp"

namespace claimferry::bench {

struct QueueLoad {
  unsigned shards = 1;
  unsigned slots = 32;      // of each shard
  unsigned producers = 32;  // of each shard
  bool listens = true;
  std::size_t members = 0;  // that go round, from number 0
  std::size_t jobs = 0;     // enqueued, claimed and finished
  std::size_t queued = 0;   // jobs that stand in the queue before, and are finished, too
};

struct QueueLoadFigures {
  double seconds = 0;
  std::uint64_t claims = 0;
  std::uint64_t empty_claims = 0;
  std::vector<double> claim_milliseconds = {};  // sorted
};

// Runs until the last job is finished. Throws std::runtime_error when a call fails.
QueueLoadFigures carry(const redis::Endpoint& redis, const QueueLoad& load);

// Adds so many members, numbered from the first on, each with its first job.
void add_members(const redis::Endpoint& redis, std::size_t count, std::size_t first = 0);
// Gives each of them a job.
void enqueue_for_members(const redis::Endpoint& redis, std::size_t count);

}  // namespace claimferry::bench
