// The queue's invariants (DESIGN §5), over a picture of all its keys. Pure: whoever can read the
// keys (the simulated world after each step, an operator's check) asks here what does not hold.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace claimferry::queue {

struct QueueState {
  struct Job {
    std::string state, member, payer, kind, window, lane;
    std::uint64_t fence = 0;  // of its last claim
  };
  struct Member {
    std::string payer, state;
    // A pause of this member is noted, in force or not: it may stand in its ready set or not,
    // until a claim or the scheduler has seen to it.
    bool paused = false;
  };
  using PayerAndLane = std::pair<std::string, std::string>;

  std::map<std::string, Job> jobs;
  std::map<std::string, Member> members;
  std::map<PayerAndLane, std::set<std::string>> ready;       // members of each ready set
  std::set<std::string> ready_erase;                         // members whose erasure may run
  std::set<std::string> erasing;                             // members that leave, by their index
  std::map<std::string, std::vector<std::string>> runnable;  // member → m:<member>, best job first
  std::set<std::string> running, delayed, dead, done;        // jobs
  std::map<std::string, std::string> busy;                   // member → job
  std::map<std::string, std::string> uniq;                   // kind, member, window → job
  std::map<std::string, std::set<std::string>> waits;        // member → its delayed jobs
  std::map<std::string, std::set<std::string>> due;          // payer → members with a next due time
  std::map<std::string, std::set<std::string>> keepalive;    // payer → members, by idle tokens
  std::map<std::string, std::int64_t> load;                  // running jobs by payer, as counted
  std::map<std::string, std::int64_t> live;                  // by "payer lane", as counted
  std::map<std::string, std::int64_t> states;                // members by state, as counted
  std::map<std::string, unsigned> jobs_running_max;          // by payer
  std::uint64_t fence = 0;
};

// One line for each that does not hold, beginning with its name ("I3: …"); jobs by id, members not
// named. fence_before: of the picture before this one.
std::vector<std::string> broken_invariants(const QueueState& state, std::uint64_t fence_before);

}  // namespace claimferry::queue
