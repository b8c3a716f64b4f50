#include "common/queue/invariants.hpp"

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

// Two members: one whose sync runs, one whose sync waits; and a finished job of each.
QueueState sound() {
  QueueState state;
  state.members["a"] = {"aetna", "active", false};
  state.members["b"] = {"aetna", "active", false};
  state.states["active"] = 2;
  state.states["reconsent"] = 0;
  state.due["aetna"] = {"b"};
  state.keepalive["aetna"] = {"a", "b"};
  state.jobs["j1"] = {"running", "a", "aetna", "sync", "sweep", "urgent", 100};
  state.jobs["j2"] = {"ready", "b", "aetna", "sync", "sweep", "routine", 90};
  state.jobs["j3"] = {"done", "a", "aetna", "sync", "sweep", "urgent", 80};
  state.jobs["j4"] = {"delayed", "b", "aetna", "backfill", "sweep", "backfill", 0};
  state.jobs["j5"] = {"ready", "b", "aetna", "backfill", "2024-01-01..", "backfill", 0};
  state.running = {"j1"};
  state.load["aetna"] = 1;
  state.busy["a"] = "j1";
  state.runnable["b"] = {"j2", "j5"};
  state.ready[{"aetna", "routine"}] = {"b"};
  state.done = {"j3"};
  state.delayed = {"j4"};
  state.waits["b"] = {"j4"};
  state.live = {{"aetna urgent", 1}, {"aetna routine", 1}, {"aetna backfill", 2}};
  state.uniq = {{"sync a sweep", "j1"},
                {"sync b sweep", "j2"},
                {"backfill b sweep", "j4"},
                {"backfill b 2024-01-01..", "j5"}};
  state.jobs_running_max["aetna"] = 2;
  state.fence = 100;
  return state;
}

std::string names(const std::vector<std::string>& broken) {
  std::string text;
  for (const std::string& line : broken) {
    text += line.substr(0, 2) + " ";
  }
  return text;
}

TEST(Invariants, HoldInASoundQueue) {
  EXPECT_EQ(broken_invariants(sound(), 100), std::vector<std::string>{});
}

TEST(Invariants, EachIsMissedWhenItIsBroken) {
  struct Row {
    const char* name;
    void (*spoil)(QueueState&);
  };
  const Row table[] = {
      {"I1", [](QueueState& s) { s.ready.clear(); }},
      {"I1", [](QueueState& s) { s.ready[{"aetna", "urgent"}] = {"b"}; }},
      {"I1", [](QueueState& s) { s.ready[{"aetna", "routine"}].insert("a"); }},
      {"I1",
       [](QueueState& s) {
         s.members["b"].paused = true;
         s.ready[{"aetna", "backfill"}] = {"b"};
       }},
      {"I1", [](QueueState& s) { s.members["b"].state = "reconsent"; }},
      {"I1", [](QueueState& s) { s.ready[{"aetna", "routine"}].insert("nobody"); }},
      {"I1", [](QueueState& s) { s.ready = {{{"aetna", "backfill"}, {"b"}}}; }},
      {"I1", [](QueueState& s) { s.ready = {{{"other", "routine"}, {"b"}}}; }},
      {"I1", [](QueueState& s) { s.runnable["nobody"] = {"j2"}; }},
      {"I2", [](QueueState& s) { s.busy["a"] = "j3"; }},
      {"I2", [](QueueState& s) { s.busy["b"] = "j2"; }},
      {"I2", [](QueueState& s) { s.busy.clear(); }},
      {"I3", [](QueueState& s) { s.delayed.insert("j2"); }},
      {"I3", [](QueueState& s) { s.delayed.clear(); }},
      {"I3", [](QueueState& s) { s.jobs["j3"].state = "dead"; }},
      {"I3", [](QueueState& s) { s.done.insert("unknown"); }},
      {"I3", [](QueueState& s) { s.jobs["j5"].member = "a"; }},
      {"I3", [](QueueState& s) { s.waits.clear(); }},
      {"I3", [](QueueState& s) { s.waits["a"] = {"j4"}; }},
      {"I3", [](QueueState& s) { s.waits["b"].insert("j2"); }},
      {"I4", [](QueueState& s) { s.uniq.erase("sync a sweep"); }},
      {"I4", [](QueueState& s) { s.uniq["sync a sweep"] = "j3"; }},
      {"I4", [](QueueState& s) { s.uniq["keepalive a sweep"] = "j1"; }},
      {"I5", [](QueueState& s) { s.jobs_running_max["aetna"] = 0; }},
      {"I5", [](QueueState& s) { s.load["aetna"] = 2; }},
      {"I5", [](QueueState& s) { s.load.clear(); }},
      {"I5", [](QueueState& s) { s.load["other"] = 1; }},
      {"I6", [](QueueState& s) { s.fence = 99; }},
      {"I6", [](QueueState& s) { s.jobs["j1"].fence = 101; }},
      {"I6",
       [](QueueState& s) {
         s.jobs["j2"].state = "running";
         s.jobs["j2"].fence = 100;
         s.running.insert("j2");
       }},
      {"I7", [](QueueState& s) { s.members["c"] = {"aetna", "active", false}; }},
      {"I1", [](QueueState& s) { s.ready_erase.insert("a"); }},
      {"I7", [](QueueState& s) { s.erasing.insert("a"); }},
      {"I7", [](QueueState& s) { s.members["b"].state = "erasing"; }},
      {"I7", [](QueueState& s) { s.members["b"].state = "erased"; }},
      {"I7", [](QueueState& s) { s.keepalive["aetna"] = {"b"}; }},
      {"I7", [](QueueState& s) { s.keepalive = {{"other", {"a", "b"}}}; }},
      {"I7", [](QueueState& s) { s.members["a"].state = "reconsent"; }},
      {"co", [](QueueState& s) { s.states["active"] = 3; }},
      {"co", [](QueueState& s) { s.states["reconsent"] = 1; }},
      {"I7", [](QueueState& s) { s.members["c"] = {"other", "active", false}; }},
      {"co", [](QueueState& s) { s.states.clear(); }},
      {"co", [](QueueState& s) { s.live["aetna backfill"] = 1; }},
      {"co", [](QueueState& s) { s.live.erase("aetna urgent"); }},
      {"co", [](QueueState& s) { s.live["other routine"] = 1; }},
  };
  for (const Row& row : table) {
    QueueState state = sound();
    row.spoil(state);
    EXPECT_NE(names(broken_invariants(state, 100)).find(row.name), std::string::npos) << row.name;
  }
}

TEST(Invariants, LetAPausedMemberStandInItsReadySetOrNot) {
  QueueState state = sound();
  state.members["b"].paused = true;
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
  state.ready.clear();
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
}

// Of the two, one leaves: its sync still runs, the claim or the scheduler has not seen it yet.
TEST(Invariants, LetWhoBeginsToLeaveStandWhereItStood) {
  QueueState state = sound();
  state.members["b"].state = "erasing";
  state.erasing.insert("b");
  state.states = {{"active", 1}, {"erasing", 1}};
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
  state.ready.clear();
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
}

TEST(Invariants, AnErasureStandsInItsOwnLineAndHeedsNoCap) {
  QueueState state = sound();
  state.members["c"] = {"aetna", "erasing", false};
  state.erasing.insert("c");
  state.states["erasing"] = 1;
  state.jobs["j6"] = {"ready", "c", "aetna", "erase", "sweep", "urgent", 0};
  state.uniq["erase c sweep"] = "j6";
  state.live["aetna urgent"] = 2;
  state.runnable["c"] = {"j6"};
  EXPECT_EQ(names(broken_invariants(state, 100)), "I1 ");
  state.ready_erase.insert("c");
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});

  state.jobs_running_max["aetna"] = 1;
  state.ready_erase.clear();
  state.runnable.erase("c");
  state.jobs["j6"].state = "running";
  state.jobs["j6"].fence = 99;
  state.running.insert("j6");
  state.busy["c"] = "j6";
  state.load["aetna"] = 2;
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
}

TEST(Invariants, LetAPausedMembersTokensBeKeptAliveBeforeItsBetterJobs) {
  QueueState state = sound();
  state.members["b"].paused = true;
  state.jobs["j2"].lane = "urgent";
  state.live = {{"aetna urgent", 2}, {"aetna routine", 0}, {"aetna backfill", 2}};
  EXPECT_EQ(broken_invariants(state, 100), std::vector<std::string>{});
}

TEST(Invariants, NameNoMember) {
  QueueState state = sound();
  state.members["secret-member"] = {"aetna", "active", false};
  state.runnable["secret-unknown"] = {"j1"};
  state.ready[{"aetna", "urgent"}] = {"secret-member"};
  for (const std::string& line : broken_invariants(state, 100)) {
    EXPECT_EQ(line.find("secret-"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace claimferry::queue
