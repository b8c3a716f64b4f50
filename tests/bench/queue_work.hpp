// What the benchmark asks of the queue's port, in one place: work that costs nothing but the queue
// itself. Everything else here follows from these few values and calls.
#pragma once

#include <stdexcept>
#include <string>

#include "common/queue/adapter/job_queue.hpp"

namespace claimferry::bench {

// Ids of a fixed length, so that bytes compare from run to run.
MemberId member_numbered(std::size_t number);

// A member as the vault leaves it: tokens and patient of a common length, sealed.
queue::SealedMember sealed_member(std::size_t number);

// As a worker of one payer asks, without a cap that would hold it.
queue::ClaimRequest claim_request(const WorkerId& worker, unsigned free);

// Routine work of a member: what the planner enqueues day after day.
awaitable<Result<queue::JobQueue::Enqueued>> enqueue_routine(queue::JobQueue& queue,
                                                             MemberId member);

// The job is done; the member is due tomorrow.
awaitable<Result<void>> finish(queue::JobQueue& queue, queue::JobRef job);

// The value, or std::runtime_error: a benchmark whose calls fail measures nothing.
template <class T>
T value_of(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.failure().code + ": " + result.failure().detail);
  }
  return std::move(*result);
}
inline void value_of(Result<void> result) {
  if (!result) {
    throw std::runtime_error(result.failure().code + ": " + result.failure().detail);
  }
}

}  // namespace claimferry::bench
