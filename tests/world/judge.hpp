// Judge: looks at the sink when a sync says that it is done, and at the end, and holds it to the
// truth as it was while the sync ran: nothing lost, the right bytes, nothing invented, no claim
// marked absent that the payer still shows, no version without a change.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "common/queue/job.hpp"
#include "common/telemetry/event.hpp"
#include "tests/world/keyspace/keyspace.hpp"
#include "tests/world/memory_sink.hpp"
#include "tests/world/tally.hpp"
#include "tests/world/truth.hpp"

namespace claimferry::world {

class Judge final : public telemetry::Observer {
 public:
  struct Bench {
    Truth& truth;
    const MemorySink& sink;
    Keyspace& keys;
    Tally& tally;
    std::function<void(const std::string& what)> fail;
    // A job says that its member must consent again, because the payer refused the refresh token
    // or because nobody knows what became of it; only lost answers excuse it.
    std::function<void(const std::string& job, bool refused)> consent_ended;
  };
  explicit Judge(Bench bench) : bench_(std::move(bench)) {}

  void on(const telemetry::Event& event) noexcept override;

  void add_member(const std::string& member) { members_.push_back(member); }
  const std::vector<std::string>& members() const noexcept { return members_; }
  // Jobs that said that they were done: all of them, or those that did so in calm.
  const std::set<std::string>& done() const noexcept { return done_; }
  const std::set<std::string>& done_in_calm() const noexcept { return done_in_calm_; }
  void calm_begins() noexcept { calm_ = true; }
  // It was erased, and consents again: what was known of it is forgotten.
  void begins_anew(const std::string& member);
  // Sweeps that began in calm and are done.
  unsigned calm_sweeps(const std::string& member) const;
  // Everything, in calm and after two sweeps.
  void judge_at_the_end();

 private:
  struct Sync {  // a job, since its first claim
    Truth::Moment since;
    bool in_calm;
    bool held;
  };
  struct Facts {
    std::size_t member;  // its number
    queue::Window window;
    Truth::Moment since;
  };
  struct Missing {
    unsigned count = 0;
    std::string first;
  };

  void claimed(const std::string& job);
  void settled(const telemetry::JobSettled& event);
  void sync_done(const std::string& job, const std::string& member, bool may_prove_absence);
  void judge(const Facts& facts);
  void judge_resource(const Truth::Resource& truth, const MemorySink::Held* held,
                      const Facts& facts, Missing& missing);
  void nothing_invented(std::size_t member, const MemorySink::Resources& held);
  void withdrawn_are_absent(std::size_t member, const MemorySink::Resources& held);
  std::string job_field(const std::string& job, const std::string& name);
  bool leaves(const std::string& member);
  const MemorySink::Resources* held_of(std::size_t member) const;

  Bench bench_;
  std::vector<std::string> members_;  // by number
  std::map<std::string, Sync> syncs_;
  std::map<std::string, unsigned> calm_sweeps_;
  std::map<std::string, bool> held_;  // the member's last sweep held what it missed
  std::set<std::string> done_;
  std::set<std::string> done_in_calm_;
  bool calm_ = false;
};

}  // namespace claimferry::world
