// Bytes of Redis' memory for each queued job and each idle member.
#pragma once

#include <cstddef>

namespace claimferry::bench {

struct QueueMemory {
  double member_with_job = 0;  // just added, with its first job
  double idle_member = 0;      // synced, nothing queued
  double fresh_job = 0;        // the next job of an idle member, beside the member
};

// Throws std::runtime_error when a call fails.
QueueMemory measure_queue_memory(std::size_t members);

}  // namespace claimferry::bench
