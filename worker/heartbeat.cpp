#include "worker/heartbeat.hpp"

#include <algorithm>
#include <set>

#include "common/base/limits.hpp"

namespace claimferry::worker {

awaitable<void> Heartbeat::run() {
  while (!stopping_) {
    bool all_beat = true;
    const auto refs = running_.refs();
    for (std::size_t at = 0; at < refs.size(); at += limits::script_items_max) {
      const auto end = std::min(refs.size(), at + limits::script_items_max);
      std::vector<queue::JobRef> batch(refs.begin() + static_cast<std::ptrdiff_t>(at),
                                       refs.begin() + static_cast<std::ptrdiff_t>(end));
      all_beat = co_await beat(std::move(batch)) && all_beat;
    }
    // Our own leases first: a Redis that is away is not waited for twice.
    if (all_beat) {
      // What fails or is left is another round's, or another process'.
      auto reaped =
          co_await queue_.reap(static_cast<unsigned>(limits::script_items_max), next_due_in_);
      static_cast<void>(reaped);
    }
    // A missed beat is tried again soon: a lease is little more than two beats long at the least.
    const Duration pause = all_beat ? interval_ : interval_ / 5;
    co_await alarm_.wait(sleeper_, pause);
  }
}

awaitable<bool> Heartbeat::beat(std::vector<queue::JobRef> jobs) {
  const SteadyTime sent = clock_.steady();
  auto reply = co_await queue_.heartbeat(jobs, lease_);
  if (!reply) {
    co_return false;
  }
  const std::set<JobId> lost(reply->lost.begin(), reply->lost.end());
  const std::set<JobId> cancelled(reply->cancel.begin(), reply->cancel.end());
  for (const queue::JobRef& ref : jobs) {
    if (lost.contains(ref.job)) {
      running_.stop(ref, {FailureKind::lease_lost, "lease_lost", "another owns the member"});
      continue;
    }
    running_.extend(ref, sent + lease_);
    if (cancelled.contains(ref.job)) {
      running_.stop(ref, {FailureKind::cancelled, "cancelled", "an operator cancelled the job"});
    }
  }
  co_return true;
}

}  // namespace claimferry::worker
