#include "worker/running_jobs.hpp"

namespace claimferry::worker {

std::shared_ptr<RunningJob> RunningJobs::add(queue::Lease lease, SteadyTime since,
                                             SteadyTime until) {
  JobId id = lease.ref.job;
  auto job = std::make_shared<RunningJob>(std::move(lease), since, until);
  by_id_.insert_or_assign(std::move(id), job);
  return job;
}

std::vector<queue::JobRef> RunningJobs::refs() const {
  std::vector<queue::JobRef> refs;
  refs.reserve(by_id_.size());
  for (const auto& [id, job] : by_id_) {
    refs.push_back(job->lease.ref);
  }
  return refs;
}

void RunningJobs::extend(const JobId& job, SteadyTime until) {
  if (const auto found = by_id_.find(job); found != by_id_.end()) {
    found->second->lease_until = until;
  }
}

void RunningJobs::stop(const JobId& job, Failure why) {
  if (const auto found = by_id_.find(job); found != by_id_.end()) {
    const auto keep = found->second;  // stopping may end the job and drop it from the map
    keep->stop.request(std::move(why));
  }
}

void RunningJobs::stop_all(const Failure& why) {
  const auto jobs = by_id_;
  for (const auto& [id, job] : jobs) {
    job->stop.request(why);
  }
}

}  // namespace claimferry::worker
