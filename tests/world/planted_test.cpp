// The world itself, tested: a bug planted for each invariant must be found, and none without one.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/world/world.hpp"

namespace claimferry::world {
namespace {

// A slow payer: syncs of several members run at once.
WorldReport slow_world(std::uint64_t seed, Planted planted) {
  WorldOptions options;
  options.seed = seed;
  options.scenario = std::ranges::find(scenarios(), "drains", &Scenario::name);
  options.planted = planted;
  return run_world(options);
}

// Not every world has as many members as it takes; one of a few must.
bool is_found(Planted planted, const std::string& name) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    const std::string problem = slow_world(seed, planted).problem;
    if (problem.starts_with(name)) {
      return true;
    }
    EXPECT_EQ(problem, "") << "another problem than the planted " << name;
  }
  return false;
}

TEST(PlantedBug, OfEachInvariantIsFound) {
  const std::pair<Planted, std::string> table[] = {
      {Planted::i1, "I1"}, {Planted::i2, "I2"},           {Planted::i3, "I3"},
      {Planted::i4, "I4"}, {Planted::i5, "I5"},           {Planted::i6, "I6"},
      {Planted::i7, "I7"}, {Planted::lost_claim, "lost"}, {Planted::wrong_claim, "wrong"}};
  for (const auto& [planted, name] : table) {
    EXPECT_TRUE(is_found(planted, name)) << name;
  }
}

TEST(PlantedBug, IsNotSeenWhereNoneIs) {
  EXPECT_EQ(slow_world(1, Planted::none).problem, "");
}

TEST(World, IsDecidedByItsSeed) {
  WorldOptions options;
  options.seed = 11;
  options.scenario = &scenarios().back();
  const WorldReport first = run_world(options);
  const WorldReport again = run_world(options);
  EXPECT_EQ(first.problem, again.problem);
  EXPECT_EQ(first.redis_commands, again.redis_commands);
  EXPECT_EQ(first.requests, again.requests);
  EXPECT_EQ(first.simulated, again.simulated);
  EXPECT_EQ(first.deaths, again.deaths);
}

}  // namespace
}  // namespace claimferry::world
