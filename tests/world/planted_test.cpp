// The world itself, tested: each planted bug must be found, by who should find it, and none where
// none is.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/world/script_edits.hpp"
#include "tests/world/world.hpp"

namespace claimferry::world {
namespace {

constexpr std::uint64_t seeds = 12;

class Planted : public testing::TestWithParam<std::size_t> {};

// Not every world gives a bug its chance; one of a few must.
TEST_P(Planted, BugIsFound) {
  const PlantedBug& bug = planted_bugs()[GetParam()];
  const Scenario* scenario = find_scenario(bug.scenario);
  ASSERT_NE(scenario, nullptr) << bug.scenario;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string problem = run_world({seed, scenario, &bug}).problem;
    if (problem.empty()) {
      continue;
    }
    EXPECT_TRUE(std::ranges::any_of(
        bug.finds, [&](std::string_view name) { return problem.starts_with(name); }))
        << bug.name << " was found as: " << problem;
    return;
  }
  ADD_FAILURE() << "not found in " << seeds << " worlds: " << bug.name
                << "; is the text that it replaces still in the scripts?";
}

std::string title(const testing::TestParamInfo<std::size_t>& which) {
  std::string name(planted_bugs()[which.param].name);
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, Planted, testing::Range<std::size_t>(0, planted_bugs().size()),
                         title);

TEST(PlantedBugs, BreakEachInvariant) {
  for (const char* invariant : {"I1", "I2", "I3", "I4", "I5", "I6", "I7"}) {
    const bool alone = std::ranges::any_of(planted_bugs(), [&](const PlantedBug& bug) {
      return bug.finds == std::vector<std::string_view>{invariant};
    });
    EXPECT_TRUE(alone) << invariant;
  }
}

// A text that no longer stands in a script would edit nothing: both releases would be one, a bug
// would not be planted.
TEST(ScriptEdits, ChangeTextsThatStandInTheScripts) {
  const auto scripts = queue::QueueScripts::shared();
  const std::vector<redis::Script> all{
      scripts->claim,        scripts->postpone,   scripts->requeue,       scripts->reap,
      scripts->finish,       scripts->plan,       scripts->lead,          scripts->token_intent,
      scripts->token_store,  scripts->quota_take, scripts->quota_refused, scripts->erase,
      scripts->token_refused};
  std::vector<ScriptEdit> edits;
  const auto gather = [&edits](std::span<const ScriptEdit> more) {
    edits.insert(edits.end(), more.begin(), more.end());
  };
  gather(older_release());
  gather(everyone_leads());
  for (const PlantedBug& bug : planted_bugs()) {
    gather(bug.edits);
  }
  for (const ScriptEdit& edit : edits) {
    EXPECT_TRUE(std::ranges::any_of(all, [&](const redis::Script& script) {
      return script.source().find(edit.from) != std::string::npos;
    })) << edit.from;
  }
}

TEST(World, FindsNothingWhereNoBugIsPlanted) {
  std::set<std::string_view> scenarios;
  for (const PlantedBug& bug : planted_bugs()) {
    scenarios.insert(bug.scenario);
  }
  for (const std::string_view scenario : scenarios) {
    EXPECT_EQ(run_world({1, find_scenario(scenario)}).problem, "") << scenario;
  }
}

TEST(World, IsDecidedByItsSeed) {
  WorldOptions options;
  options.seed = 11;
  options.scenario = find_scenario("everything");
  const WorldReport first = run_world(options);
  const WorldReport again = run_world(options);
  EXPECT_EQ(first.problem, again.problem);
  EXPECT_EQ(first.redis_commands, again.redis_commands);
  EXPECT_EQ(first.requests, again.requests);
  EXPECT_EQ(first.simulated, again.simulated);
  EXPECT_TRUE(first.tally == again.tally);
}

}  // namespace
}  // namespace claimferry::world
