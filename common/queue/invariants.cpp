#include "common/queue/invariants.hpp"

#include <algorithm>
#include <string_view>

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
    who_leaves_is_on_the_way_out();
    payers_within_their_caps();
    fences_grow();
    nobody_is_forgotten();
    delayed_jobs_wait_for_their_members();
    counts_are_true();
    return std::move(broken_);
  }

 private:
  void report(std::string what) { broken_.push_back(std::move(what)); }

  // Where a member stands: in the ready set of its best job's payer and lane, if it may run.
  void ready_members_are_those_that_may_run() {
    std::map<std::string, unsigned> sets;
    for (const auto& [place, members] : state_.ready) {
      for (const std::string& id : members) {
        ++sets[id];
        stands_rightly(place, id);
      }
    }
    for (const auto& [id, member] : state_.members) {
      const bool may =
          state_.runnable.contains(id) && !state_.busy.contains(id) && member.state == "active";
      const auto found = sets.find(id);
      const unsigned stands_in = found == sets.end() ? 0 : found->second;
      // Of a pause that is noted, and of who just began to leave, a claim or the scheduler has
      // still to see.
      const bool undecided = (may && member.paused && stands_in == 0) || member.state == "erasing";
      if (stands_in != (may ? 1U : 0U) && !undecided) {
        report(std::string("I1: a member that ") + (may ? "may" : "may not") + " run stands in " +
               std::to_string(stands_in) + " ready sets");
      }
    }
    for (const auto& [id, jobs] : state_.runnable) {
      if (!state_.members.contains(id)) {
        report("I1: runnable jobs of an unknown member, first " + jobs.front());
      }
    }
  }

  // Only the erasure's job runs, in a line of its own; of who is erased nothing is left to be done.
  void who_leaves_is_on_the_way_out() {
    for (const auto& [id, member] : state_.members) {
      const bool leaves = member.state == "erasing";
      const auto jobs = state_.runnable.find(id);
      const bool may = leaves && jobs != state_.runnable.end() && !state_.busy.contains(id) &&
                       kind_of(jobs->second.front()) == "erase";
      if (state_.ready_erase.contains(id) != may) {
        report(std::string("I1: a member whose erasure ") + (may ? "may" : "may not") +
               " run stands " + (may ? "in no line" : "in the line of erasures"));
      }
      if (state_.erasing.contains(id) != leaves) {
        report("I7: a member is " + member.state + " and the index of those who leave says else");
      }
      const auto due = state_.due.find(member.payer);
      const bool is_due = due != state_.due.end() && due->second.contains(id);
      const bool has_work = jobs != state_.runnable.end() || state_.busy.contains(id) ||
                            state_.waits.contains(id) || is_due;
      if (member.state == "erased" && has_work) {
        report("I7: an erased member has a due time or a live job");
      }
    }
  }

  std::string kind_of(const std::string& job) const {
    const auto facts = state_.jobs.find(job);
    return facts == state_.jobs.end() ? "" : facts->second.kind;
  }

  void stands_rightly(const QueueState::PayerAndLane& place, const std::string& id) {
    const auto member = state_.members.find(id);
    if (member == state_.members.end()) {
      report("I1: a ready set holds an unknown member");
      return;
    }
    if (member->second.payer != place.first) {
      report("I1: a member of payer " + member->second.payer + " is ready under " + place.first);
    }
    const auto jobs = state_.runnable.find(id);
    const auto best =
        jobs == state_.runnable.end() ? state_.jobs.end() : state_.jobs.find(jobs->second.front());
    // While a member is paused, what keeps its tokens alive may run before better jobs.
    const bool is_best = best == state_.jobs.end() || best->second.lane == place.second;
    if (!is_best && !member->second.paused) {
      report("I1: a member whose best job is " + best->second.lane + " is ready as " +
             place.second);
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

  // A job says one state, so of two places that hold it one is found to be wrong.
  void each_job_in_one_place() {
    std::size_t runnable = 0;
    for (const auto& [member, jobs] : state_.runnable) {
      runnable += jobs.size();
      for (const std::string& job : jobs) {
        stands_as(job, "ready");
        const auto facts = state_.jobs.find(job);
        if (facts != state_.jobs.end() && facts->second.member != member) {
          report("I3: job " + job + " is runnable for another member than its own");
        }
      }
    }
    std::size_t placed = runnable;
    for (const auto& [place, jobs] :
         {std::pair("running", &state_.running), std::pair("delayed", &state_.delayed),
          std::pair("dead", &state_.dead), std::pair("done", &state_.done)}) {
      placed += jobs->size();
      for (const std::string& job : *jobs) {
        stands_as(job, place);
      }
    }
    if (placed < state_.jobs.size()) {
      report("I3: " + std::to_string(state_.jobs.size()) + " jobs, but only " +
             std::to_string(placed) + " stand anywhere; one is nowhere: " + stray_job());
    }
  }

  void stands_as(const std::string& job, std::string_view place) {
    const auto facts = state_.jobs.find(job);
    if (facts == state_.jobs.end()) {
      report("I3: job " + job + " is " + std::string(place) + " and says nothing");
    } else if (facts->second.state != place) {
      report("I3: job " + job + " is " + std::string(place) + " and says " + facts->second.state);
    }
  }

  std::string stray_job() const {
    for (const auto& [job, facts] : state_.jobs) {
      const auto jobs = state_.runnable.find(facts.member);
      const bool ready = jobs != state_.runnable.end() &&
                         std::ranges::find(jobs->second, job) != jobs->second.end();
      if (!ready && !state_.running.contains(job) && !state_.delayed.contains(job) &&
          !state_.dead.contains(job) && !state_.done.contains(job)) {
        return job + ", which says " + facts.state;
      }
    }
    return "";
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
    std::map<std::string, unsigned> erasures;  // ask nothing of the payer, and heed no cap
    for (const std::string& job : state_.running) {
      const auto facts = state_.jobs.find(job);
      const std::string payer = facts == state_.jobs.end() ? "" : facts->second.payer;
      running[payer] += 1;
      erasures[payer] += kind_of(job) == "erase" ? 1 : 0;
    }
    for (const auto& [payer, most] : state_.jobs_running_max) {
      const unsigned pulling = running[payer] - erasures[payer];
      if (pulling > most) {
        report("I5: payer " + payer + " has " + std::to_string(pulling) +
               " running jobs, and may have " + std::to_string(most));
      }
    }
    for (const auto& [payer, counted] : state_.load) {
      if (counted != running[payer]) {
        report("I5: payer " + payer + " has " + std::to_string(running[payer]) +
               " running jobs, and its load says " + std::to_string(counted));
      }
    }
    for (const auto& [payer, jobs] : running) {
      if (jobs > 0 && !state_.load.contains(payer)) {
        report("I5: payer " + payer + " has running jobs and no load");
      }
    }
  }

  void fences_grow() {
    if (state_.fence < fence_before_) {
      report("I6: the fence fell from " + std::to_string(fence_before_) + " to " +
             std::to_string(state_.fence));
    }
    std::set<std::uint64_t> given;
    for (const std::string& job : state_.running) {
      const auto facts = state_.jobs.find(job);
      if (facts == state_.jobs.end()) {
        continue;
      }
      if (!given.insert(facts->second.fence).second) {
        report("I6: running job " + job + " has the fence of another");
      }
      if (facts->second.fence > state_.fence) {
        report("I6: running job " + job + " has a fence above the last one given");
      }
    }
  }

  void nobody_is_forgotten() {
    std::set<std::string_view> with_work;
    for (const auto& [job, facts] : state_.jobs) {
      if (is_live(facts)) {
        with_work.insert(facts.member);
      }
    }
    for (const auto& [id, member] : state_.members) {
      const auto due = state_.due.find(member.payer);
      const bool is_due = due != state_.due.end() && due->second.contains(id);
      if (member.state == "active" && !is_due && !with_work.contains(id)) {
        report("I7: an active member has neither a due time nor a live job");
      }
    }
    tokens_are_kept_alive();
  }

  void tokens_are_kept_alive() {
    for (const auto& [id, member] : state_.members) {
      const auto kept = state_.keepalive.find(member.payer);
      const bool is_kept = kept != state_.keepalive.end() && kept->second.contains(id);
      // Who leaves stands there until the scheduler's first step.
      if (is_kept != (member.state == "active") && member.state != "erasing") {
        report("I7: a member that is " + member.state +
               (is_kept ? " has tokens to be kept alive" : " has tokens that nothing keeps alive"));
      }
    }
  }

  // What is shown of a member, and cancelled with it.
  void delayed_jobs_wait_for_their_members() {
    std::size_t waiting = 0;
    for (const auto& [member, jobs] : state_.waits) {
      for (const std::string& job : jobs) {
        const auto facts = state_.jobs.find(job);
        const bool is_its_own = facts != state_.jobs.end() && facts->second.member == member;
        if (!state_.delayed.contains(job) || !is_its_own) {
          report("I3: job " + job + " waits for a member and is not delayed, or is another's");
        }
      }
      waiting += jobs.size();
    }
    if (waiting != state_.delayed.size()) {
      report("I3: " + std::to_string(state_.delayed.size()) + " jobs are delayed, and " +
             std::to_string(waiting) + " wait for their members");
    }
  }

  // What operators are shown, and planning goes by, must be true.
  void counts_are_true() {
    members_are_counted();
    std::map<std::string, std::int64_t> alive;
    for (const auto& [job, facts] : state_.jobs) {
      if (is_live(facts)) {
        ++alive[facts.payer + " " + facts.lane];
      }
    }
    for (const auto& [place, counted] : state_.live) {
      alive[place] -= counted;
    }
    for (const auto& [place, difference] : alive) {
      if (difference != 0) {
        report("counts: " + std::to_string(difference) + " more jobs of " + place +
               " are alive than are counted");
      }
    }
  }

  void members_are_counted() {
    std::map<std::string, std::int64_t> by_state;
    for (const auto& [id, member] : state_.members) {
      ++by_state[member.state];
    }
    for (const auto& [state, counted] : state_.states) {
      by_state[state] -= counted;
    }
    for (const auto& [state, difference] : by_state) {
      if (difference != 0) {
        report("counts: " + std::to_string(difference) + " more members are " + state +
               " than are counted");
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
