#include "worker/running_jobs.hpp"

namespace claimferry::worker {

std::shared_ptr<RunningJob> RunningJobs::add(queue::Lease lease, SteadyTime since,
                                             SteadyTime until) {
  const queue::JobRef ref = lease.ref;
  for (const queue::JobRef& older : refs()) {
    if (older.job == ref.job && older.fence != ref.fence) {
      stop(older, {FailureKind::lease_lost, "lease_lost", "the lease ran out and was given anew"});
    }
  }
  auto job = std::make_shared<RunningJob>(std::move(lease), since, until);
  by_ref_.insert_or_assign({ref.job, ref.fence}, job);
  return job;
}

std::vector<queue::JobRef> RunningJobs::refs() const {
  std::vector<queue::JobRef> refs;
  refs.reserve(by_ref_.size());
  for (const auto& [key, job] : by_ref_) {
    // The map is ordered by job, then fence: a newer claim takes its older one's place.
    if (!refs.empty() && refs.back().job == key.first) {
      refs.pop_back();
    }
    refs.push_back(job->lease.ref);
  }
  return refs;
}

void RunningJobs::extend(const queue::JobRef& ref, SteadyTime until) {
  if (const auto found = by_ref_.find({ref.job, ref.fence}); found != by_ref_.end()) {
    found->second->lease_until = until;
  }
}

void RunningJobs::stop(const queue::JobRef& ref, Failure why) {
  if (const auto found = by_ref_.find({ref.job, ref.fence}); found != by_ref_.end()) {
    const auto keep = found->second;  // stopping may end the job and drop it from the map
    keep->stop.request(std::move(why));
  }
}

void RunningJobs::stop_all(const Failure& why) {
  const auto jobs = by_ref_;
  for (const auto& [key, job] : jobs) {
    job->stop.request(why);
  }
}

}  // namespace claimferry::worker
