#include "common/telemetry/readiness.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace claimferry::telemetry {
namespace {

LocalTrouble away(std::string_view what, const std::string& detail = "no answer") {
  return {what, "code", detail, false};
}
LocalTrouble back(std::string_view what) {
  return {what, "", "", true};
}

TEST(Readiness, NamesWhatIsAwayUntilItIsBack) {
  Readiness readiness;
  EXPECT_EQ(readiness.why_not_ready(), "");
  readiness.on(away("redis"));
  EXPECT_EQ(readiness.why_not_ready(), "redis is away: no answer");
  readiness.on(away("sink", "the disk is full"));
  EXPECT_EQ(readiness.why_not_ready(), "redis is away: no answer; sink is away: the disk is full");
  readiness.on(back("redis"));
  EXPECT_EQ(readiness.why_not_ready(), "sink is away: the disk is full");
  readiness.on(back("sink"));
  EXPECT_EQ(readiness.why_not_ready(), "");
}

TEST(Readiness, WaitsForEachShardThatToldOfATrouble) {
  Readiness readiness;
  readiness.on(away("redis", "first"));
  readiness.on(away("redis", "second"));
  readiness.on(back("redis"));
  EXPECT_EQ(readiness.why_not_ready(), "redis is away: second");
  readiness.on(back("redis"));
  EXPECT_EQ(readiness.why_not_ready(), "");
  readiness.on(back("redis"));  // of a trouble that nobody told of
  readiness.on(away("redis", ""));
  EXPECT_EQ(readiness.why_not_ready(), "redis is away");
}

TEST(Readiness, LooksAtNothingElse) {
  Readiness readiness;
  readiness.on(ProcessEvent{"draining", ""});
  readiness.on(LeaseLost{*JobId::parse("j1")});
  EXPECT_EQ(readiness.why_not_ready(), "");
}

TEST(Readiness, IsToldAndAskedFromSeveralThreads) {
  Readiness readiness;
  std::vector<std::thread> shards;
  for (unsigned shard = 0; shard < 4; ++shard) {
    shards.emplace_back([&readiness] {
      for (unsigned round = 0; round < 1'000; ++round) {
        readiness.on(away("redis"));
        EXPECT_EQ(readiness.why_not_ready(), "redis is away: no answer");
        readiness.on(back("redis"));
      }
    });
  }
  for (std::thread& shard : shards) {
    shard.join();
  }
  EXPECT_EQ(readiness.why_not_ready(), "");
}

}  // namespace
}  // namespace claimferry::telemetry
