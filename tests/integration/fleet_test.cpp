// The real processes, judged by the sandbox's ledger: every claim of every member exactly once,
// amounts to the last digit, and nothing that a payer would hold against us.
#include "tests/integration/fleet.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace claimferry::integration {
namespace {

constexpr unsigned members = 12;
constexpr unsigned eobs = 60;  // three pages each

class FleetTest : public ::testing::Test {
 protected:
  void start_all(Fleet& fleet) {
    fleet.start_redis();
    fleet.start_sandbox();
    fleet.start_scheduler();
  }
  // Makes pages slow enough that a test can act in the middle of a sync.
  void slow_pages(Fleet& fleet) {
    fleet.control("PATCH", "/v1/faults", R"({"latency_ms":{"min":20,"max":40}})");
  }
};

TEST_F(FleetTest, SyncsEveryMemberCompletely) {
  Fleet fleet;
  start_all(fleet);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.stop("worker", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("scheduler", SIGTERM), 0);
}

TEST_F(FleetTest, SyncsOverTlsWithThePayersOwnTrustAnchors) {
  FleetOptions options;
  options.tls = true;
  Fleet fleet(options);
  start_all(fleet);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, AKilledWorkersMembersAreFinishedByAnother) {
  Fleet fleet;
  start_all(fleet);
  fleet.start_worker("victim");
  fleet.add_members(members, eobs);
  slow_pages(fleet);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.pages_served() >= 10; })) << fleet.logs();
  EXPECT_EQ(fleet.stop("victim", SIGKILL), 128 + SIGKILL);
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 90s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, ADrainHandsJobsBackAtOnceAndEndsCleanly) {
  Fleet fleet;
  start_all(fleet);
  fleet.start_worker("leaver");
  fleet.add_members(members, eobs);
  slow_pages(fleet);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.pages_served() >= 10; })) << fleet.logs();
  EXPECT_EQ(fleet.stop("leaver", SIGTERM), 0);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:running"}), "0\n");
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, SurvivesARestartOfRedis) {
  Fleet fleet;
  start_all(fleet);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  slow_pages(fleet);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.pages_served() >= 10; })) << fleet.logs();
  fleet.stop("redis", SIGTERM);
  fleet.start_redis();
  ASSERT_TRUE(fleet.wait_until_synced(members, 90s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, WaitsOutAPayerThatIsDown) {
  FleetOptions options;
  options.worker = "slots = 12\nrequests_in_flight_max = 12\n";
  Fleet fleet(options);
  start_all(fleet);
  slow_pages(fleet);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  // Beyond the token refreshes: an unanswered one is rightly left alone for a minute.
  ASSERT_TRUE(eventually(30s, [&] { return fleet.pages_served() >= 2 * members; })) << fleet.logs();
  fleet.control("PATCH", "/v1/faults", R"({"down":true})");
  ASSERT_TRUE(eventually(30s, [&] { return fleet.redis({"ZCARD", "cf:{0}:delayed"}) != "0\n"; }))
      << fleet.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  fleet.control("PATCH", "/v1/faults", R"({"down":false})");
  ASSERT_TRUE(fleet.wait_until_synced(members, 120s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

}  // namespace
}  // namespace claimferry::integration
