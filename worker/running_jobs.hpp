// RunningJobs: the jobs of one shard, each with its lease's local end and the means to stop it.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "common/async/interruptible.hpp"
#include "common/queue/job.hpp"

namespace claimferry::worker {

struct RunningJob {
  queue::Lease lease;
  SteadyTime claimed_at;
  Duration age_when_claimed;  // since it was enqueued, by Redis' clock
  // By our own steady clock, from before the call that got it: never later than Redis thinks.
  SteadyTime lease_until;
  StopSource stop;

  RunningJob(queue::Lease leased, SteadyTime since, SteadyTime until)
      : lease(std::move(leased)),
        claimed_at(since),
        age_when_claimed(lease.expires - std::chrono::floor<Duration>(until - since) -
                         lease.enqueued_at),
        lease_until(until) {}
};

// A job whose lease ran out may be claimed again by the same shard while the first claim's
// coroutine still ends: the two are told apart by their fences.
class RunningJobs {
 public:
  // Stops an older claim of the same job: its lease is lost.
  std::shared_ptr<RunningJob> add(queue::Lease lease, SteadyTime since, SteadyTime until);
  void remove(const queue::JobRef& ref) { by_ref_.erase({ref.job, ref.fence}); }
  std::size_t size() const noexcept { return by_ref_.size(); }
  bool empty() const noexcept { return by_ref_.empty(); }
  // What a heartbeat keeps: the newest claim of each job.
  std::vector<queue::JobRef> refs() const;

  void extend(const queue::JobRef& ref, SteadyTime until);
  void stop(const queue::JobRef& ref, Failure why);
  void stop_all(const Failure& why);

 private:
  std::map<std::pair<JobId, Fence>, std::shared_ptr<RunningJob>> by_ref_;
};

}  // namespace claimferry::worker
