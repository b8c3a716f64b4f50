// RunningJobs: the jobs of one shard, each with its lease's local end and the means to stop it.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "common/async/interruptible.hpp"
#include "common/queue/job.hpp"

namespace claimferry::worker {

struct RunningJob {
  queue::Lease lease;
  SteadyTime claimed_at;
  // By our own steady clock, from before the call that got it: never later than Redis thinks.
  SteadyTime lease_until;
  StopSource stop;

  RunningJob(queue::Lease leased, SteadyTime since, SteadyTime until)
      : lease(std::move(leased)), claimed_at(since), lease_until(until) {}
};

class RunningJobs {
 public:
  std::shared_ptr<RunningJob> add(queue::Lease lease, SteadyTime since, SteadyTime until);
  void remove(const JobId& job) { by_id_.erase(job); }
  std::size_t size() const noexcept { return by_id_.size(); }
  bool empty() const noexcept { return by_id_.empty(); }
  std::vector<queue::JobRef> refs() const;

  void extend(const JobId& job, SteadyTime until);
  void stop(const JobId& job, Failure why);
  void stop_all(const Failure& why);

 private:
  std::map<JobId, std::shared_ptr<RunningJob>> by_id_;
};

}  // namespace claimferry::worker
