#include "common/queue/invariants.hpp"

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

// Two members: one whose sync runs, one whose sync waits; and a finished job of each.
QueueState sound() {
  QueueState state;
  state.members["a"] = {"aetna", "active", false, false};
  state.members["b"] = {"aetna", "active", false, true};
  state.jobs["j1"] = {"running", "a", "aetna", "sync", "sweep"};
  state.jobs["j2"] = {"ready", "b", "aetna", "sync", "sweep"};
  state.jobs["j3"] = {"done", "a", "aetna", "sync", "sweep"};
  state.jobs["j4"] = {"delayed", "b", "aetna", "backfill", "sweep"};
  state.running = {"j1"};
  state.busy["a"] = "j1";
  state.runnable["b"] = {"j2"};
  state.ready["b"] = 1;
  state.done = {"j3"};
  state.delayed = {"j4"};
  state.uniq = {{"sync a sweep", "j1"}, {"sync b sweep", "j2"}, {"backfill b sweep", "j4"}};
  state.jobs_running_max["aetna"] = 1;
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
      {"I1", [](QueueState& s) { s.ready.erase("b"); }},
      {"I1", [](QueueState& s) { s.ready["b"] = 2; }},
      {"I1", [](QueueState& s) { s.ready["a"] = 1; }},
      {"I1", [](QueueState& s) { s.members["b"].paused = true; }},
      {"I1", [](QueueState& s) { s.members["b"].state = "reconsent"; }},
      {"I1", [](QueueState& s) { s.ready["nobody"] = 1; }},
      {"I2", [](QueueState& s) { s.busy["a"] = "j3"; }},
      {"I2", [](QueueState& s) { s.busy["b"] = "j2"; }},
      {"I3", [](QueueState& s) { s.delayed.insert("j2"); }},
      {"I3", [](QueueState& s) { s.delayed.clear(); }},
      {"I3", [](QueueState& s) { s.jobs["j3"].state = "dead"; }},
      {"I3", [](QueueState& s) { s.done.insert("unknown"); }},
      {"I4", [](QueueState& s) { s.uniq.erase("sync a sweep"); }},
      {"I4", [](QueueState& s) { s.uniq["sync a sweep"] = "j3"; }},
      {"I4", [](QueueState& s) { s.uniq["keepalive a sweep"] = "j1"; }},
      {"I5", [](QueueState& s) { s.jobs_running_max["aetna"] = 0; }},
      {"I6", [](QueueState& s) { s.fence = 99; }},
      {"I7", [](QueueState& s) { s.members["c"] = {"aetna", "active", false, false}; }},
  };
  for (const Row& row : table) {
    QueueState state = sound();
    row.spoil(state);
    EXPECT_NE(names(broken_invariants(state, 100)).find(row.name), std::string::npos) << row.name;
  }
}

TEST(Invariants, NameNoMember) {
  QueueState state = sound();
  state.members["secret-member"] = {"aetna", "active", false, false};
  for (const std::string& line : broken_invariants(state, 100)) {
    EXPECT_EQ(line.find("secret-member"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace claimferry::queue
