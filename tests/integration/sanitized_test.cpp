// One short life of every program, for the sanitizers: two shards sync, drain and begin again.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

constexpr unsigned members = 6;
constexpr unsigned eobs = 30;

TEST(SanitizedFleet, TwoShardsDrainInTheMiddleAndFinishLater) {
  FleetOptions options;
  options.queue = "lease = \"20s\"\nheartbeat = \"2s\"\n";
  options.worker = "shards = 2\nslots = 4\nrequests_in_flight_max = 4\ndrain = \"20s\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(R"({"latency_ms":{"min":50,"max":100}})");
  fleet.start_worker("leaver");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(eventually(120s, [&] { return fleet.violation("pages") >= 4; })) << fleet.logs();
  EXPECT_EQ(fleet.stop("leaver", SIGTERM), 0);
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:running"}), "0\n");
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 180s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.cli({"status"}).status, 0);
  EXPECT_EQ(fleet.stop("heir", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("scheduler", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("sandbox", SIGTERM), 0);
}

}  // namespace
}  // namespace claimferry::integration
