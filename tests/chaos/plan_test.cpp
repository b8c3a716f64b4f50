// The plan alone: what a seed promises before anything runs.
#include "tests/chaos/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/chaos/spell.hpp"

namespace claimferry::chaos {
namespace {

constexpr PlanSize an_hour{1h, 6, 2};

// What one that is away may be: nothing else befalls it until it is back.
std::set<Action> befalling_workers() {
  return {Action::kill_worker, Action::end_worker, Action::pause_worker};
}

TEST(Plan, TheSameSeedGivesTheSamePlanAndAnotherSeedAnother) {
  EXPECT_EQ(make_plan(7, an_hour), make_plan(7, an_hour));
  EXPECT_NE(make_plan(7, an_hour), make_plan(8, an_hour));
}

TEST(Plan, AMinuteOfAnySeedKillsPausesAndMakesThePayerIll) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::map<Action, unsigned> planned;
    for (const Step& step : make_plan(seed, {1min, 6, 2})) {
      ++planned[step.action];
    }
    for (const Action action : {Action::kill_worker, Action::pause_worker, Action::payer_ill,
                                Action::adjust_claim, Action::add_backfill}) {
      EXPECT_GE(planned[action], 2U) << "seed " << seed << ": " << to_string(action);
    }
  }
}

TEST(Plan, AnHourHoldsEveryActionAndEverySpell) {
  std::set<Action> planned;
  std::set<unsigned> ill;
  for (const Step& step : make_plan(1, an_hour)) {
    planned.insert(step.action);
    if (step.action == Action::payer_ill) {
      ill.insert(step.which);
    }
  }
  EXPECT_EQ(planned.size(), action_names.size());
  EXPECT_EQ(ill.size(), spells().size());
}

TEST(Plan, StepsComeInOrderAndWithinTheLength) {
  const auto plan = make_plan(3, an_hour);
  EXPECT_TRUE(std::ranges::is_sorted(plan, {}, &Step::at));
  EXPECT_LE(plan.back().at, an_hour.length);
}

TEST(Plan, WhoIsAwayIsLeftAloneUntilItIsBackAndIsBackInTheEnd) {
  std::map<unsigned, Action> away;
  for (const Step& step : make_plan(5, an_hour)) {
    if (befalling_workers().contains(step.action)) {
      EXPECT_TRUE(away.emplace(step.which, step.action).second);
    } else if (step.action == Action::start_worker || step.action == Action::continue_worker) {
      const auto found = away.find(step.which);
      ASSERT_NE(found, away.end());
      EXPECT_EQ(found->second == Action::pause_worker, step.action == Action::continue_worker);
      away.erase(found);
    }
  }
  EXPECT_TRUE(away.empty());
}

TEST(Plan, APauseLastsFromLongWithinTheLeaseToLongBeyondIt) {
  std::map<unsigned, milliseconds> since;
  milliseconds shortest = 1h;
  milliseconds longest = 0ms;
  for (const Step& step : make_plan(9, an_hour)) {
    if (step.action == Action::pause_worker) {
      since[step.which] = step.at;
    } else if (step.action == Action::continue_worker && step.at < an_hour.length) {
      shortest = std::min(shortest, step.at - since.at(step.which));
      longest = std::max(longest, step.at - since.at(step.which));
    }
  }
  EXPECT_GE(shortest, 500ms);
  EXPECT_LT(shortest, 1s);
  EXPECT_GT(longest, 5s);
  EXPECT_LE(longest, 6s);
}

}  // namespace
}  // namespace claimferry::chaos
