#include "common/queue/invariants.hpp"

namespace claimferry::queue {
namespace {

class Inspection {
 public:
  Inspection(const QueueState& state, std::uint64_t fence_before)
      : state_(state), fence_before_(fence_before) {}

  std::vector<std::string> run() {
    ready_members_are_those_that_may_run();
    one_running_job_a_member();
    each_job_in_one_place();
    uniq_names_live_jobs();
    payers_within_their_caps();
    fences_grow();
    nobody_is_forgotten();
    return std::move(broken_);
  }

 private:
  void report(std::string what) { broken_.push_back(std::move(what)); }

  const std::set<std::string>& runnable_of(const std::string& member) const {
    static const std::set<std::string> none;
    const auto found = state_.runnable.find(member);
    return found == state_.runnable.end() ? none : found->second;
  }
  unsigned ready_sets_of(const std::string& member) const {
    const auto found = state_.ready.find(member);
    return found == state_.ready.end() ? 0 : found->second;
  }

  void ready_members_are_those_that_may_run() {
    for (const auto& [id, member] : state_.members) {
      const bool may = !runnable_of(id).empty() && !state_.busy.contains(id) && !member.paused &&
                       member.state == "active";
      if (ready_sets_of(id) != (may ? 1U : 0U)) {
        report(std::string("I1: a member that ") + (may ? "may" : "may not") + " run stands in " +
               std::to_string(ready_sets_of(id)) + " ready sets");
      }
    }
    for (const auto& [id, sets] : state_.ready) {
      if (!state_.members.contains(id)) {
        report("I1: a ready set holds an unknown member");
      }
    }
  }

  void one_running_job_a_member() {
    for (const std::string& job : state_.running) {
      const auto facts = state_.jobs.find(job);
      const auto busy =
          facts == state_.jobs.end() ? state_.busy.end() : state_.busy.find(facts->second.member);
      if (busy == state_.busy.end() || busy->second != job) {
        report("I2: running job " + job + " is not what its member is busy with");
      }
    }
    for (const auto& [member, job] : state_.busy) {
      if (!state_.running.contains(job)) {
        report("I2: a member is busy with job " + job + ", which is not running");
      }
    }
  }

  void each_job_in_one_place() {
    std::map<std::string, std::vector<std::string>> places;
    for (const auto& [member, jobs] : state_.runnable) {
      for (const std::string& job : jobs) {
        places[job].emplace_back("ready");
      }
    }
    for (const auto& [place, jobs] :
         {std::pair("running", &state_.running), std::pair("delayed", &state_.delayed),
          std::pair("dead", &state_.dead), std::pair("done", &state_.done)}) {
      for (const std::string& job : *jobs) {
        places[job].emplace_back(place);
      }
    }
    for (const auto& [job, in] : places) {
      const auto facts = state_.jobs.find(job);
      if (in.size() != 1 || facts == state_.jobs.end() || facts->second.state != in.front()) {
        report("I3: job " + job + " is in " + std::to_string(in.size()) + " places, first " +
               in.front() + ", and says " +
               (facts == state_.jobs.end() ? "nothing" : facts->second.state));
      }
    }
    for (const auto& [job, facts] : state_.jobs) {
      if (!places.contains(job)) {
        report("I3: job " + job + " is nowhere and says " + facts.state);
      }
    }
  }

  static bool is_live(const QueueState::Job& job) {
    return job.state == "ready" || job.state == "running" || job.state == "delayed";
  }

  void uniq_names_live_jobs() {
    std::set<std::string> named;
    for (const auto& [field, job] : state_.uniq) {
      const auto facts = state_.jobs.find(job);
      if (facts == state_.jobs.end() || !is_live(facts->second) ||
          field != facts->second.kind + " " + facts->second.member + " " + facts->second.window) {
        report("I4: uniq names job " + job + ", which is not alive or is another");
      }
      named.insert(job);
    }
    for (const auto& [job, facts] : state_.jobs) {
      if (is_live(facts) && !named.contains(job)) {
        report("I4: live job " + job + " is not in uniq");
      }
    }
  }

  void payers_within_their_caps() {
    std::map<std::string, unsigned> running;
    for (const std::string& job : state_.running) {
      const auto facts = state_.jobs.find(job);
      running[facts == state_.jobs.end() ? "" : facts->second.payer] += 1;
    }
    for (const auto& [payer, most] : state_.jobs_running_max) {
      if (running[payer] > most) {
        report("I5: payer " + payer + " has " + std::to_string(running[payer]) +
               " running jobs, and may have " + std::to_string(most));
      }
    }
  }

  void fences_grow() {
    if (state_.fence < fence_before_) {
      report("I6: the fence fell from " + std::to_string(fence_before_) + " to " +
             std::to_string(state_.fence));
    }
  }

  void nobody_is_forgotten() {
    std::set<std::string> with_work;
    for (const auto& [job, facts] : state_.jobs) {
      if (is_live(facts)) {
        with_work.insert(facts.member);
      }
    }
    for (const auto& [id, member] : state_.members) {
      if (member.state == "active" && !member.due && !with_work.contains(id)) {
        report("I7: an active member has neither a due time nor a live job");
      }
    }
  }

  const QueueState& state_;
  std::uint64_t fence_before_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_invariants(const QueueState& state, std::uint64_t fence_before) {
  return Inspection(state, fence_before).run();
}

}  // namespace claimferry::queue
