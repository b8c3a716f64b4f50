#include "worker/local_trouble.hpp"

#include <gtest/gtest.h>

#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

using Told = std::vector<std::string>;

TEST(LocalTrouble, TellsOnceWhenItBeginsAndOnceWhenItIsOver) {
  Events events;
  LocalTrouble trouble(events, "redis");
  EXPECT_EQ(trouble.begin(redis_away()), 1U);
  EXPECT_EQ(trouble.begin(redis_away()), 2U);
  EXPECT_EQ(trouble.begin(redis_away()), 3U);
  EXPECT_EQ(events.told, Told{"redis away"});
  trouble.end();
  trouble.end();
  EXPECT_EQ(events.told, (Told{"redis away", "redis back"}));
}

TEST(LocalTrouble, CountsFromOneAgainAfterwards) {
  Events events;
  LocalTrouble trouble(events, "sink");
  trouble.begin(redis_away());
  trouble.begin(redis_away());
  trouble.end();
  EXPECT_EQ(trouble.begin(redis_away()), 1U);
  EXPECT_EQ(events.told, (Told{"sink away", "sink back", "sink away"}));
}

TEST(LocalTrouble, SaysNothingOfWhatNeverBegan) {
  Events events;
  LocalTrouble trouble(events, "sink");
  trouble.end();
  EXPECT_TRUE(events.told.empty());
}

}  // namespace
}  // namespace claimferry::worker
