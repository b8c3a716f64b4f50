// The real processes, judged by the sandbox's ledger: every claim of every member exactly once,
// amounts to the last digit, and nothing that a payer would hold against us.
#include "tests/integration/fleet.hpp"

#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::integration {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr unsigned members = 12;
constexpr unsigned eobs = 60;  // three pages each

// Pages slow enough that a test acts in the middle of a sync; turned before anyone enrols.
constexpr const char* slow_pages = R"({"latency_ms":{"min":60,"max":90}})";
constexpr const char* quick_pages = R"({"latency_ms":{"min":0,"max":0}})";

// So many slots that every member runs at once.
FleetOptions with_a_slot_for_each() {
  FleetOptions options;
  options.worker = "shards = 2\nslots = 12\nrequests_in_flight_max = 12\ndrain = \"5s\"\n";
  return options;
}

class FleetTest : public ::testing::Test {
 protected:
  // Until each running job has stored a page: its token is safe, and it stands between pages.
  static bool wait_for_cursors(Fleet& fleet, std::size_t count) {
    return eventually(60s, [&] {
      const auto running = fleet.jobs("running");
      return running.size() >= count && std::ranges::all_of(running, [](const JobFields& job) {
               return job.contains("cursor");
             });
    });
  }
};

TEST_F(FleetTest, SyncsEveryMemberCompletely) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.stop("worker", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("scheduler", SIGTERM), 0);
}

TEST_F(FleetTest, WithoutASinkThereIsNoVerdictRatherThanACleanOne) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.add_members(members, eobs);
  EXPECT_THROW(fleet.verdict(), std::runtime_error);
}

TEST_F(FleetTest, AnUnfinishedSyncIsNoCleanVerdict) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(1, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(1, 60s)) << fleet.logs();
  fleet.control("POST", "/v1/members", R"({"count":1,"seed":8,"eobs":3})");
  EXPECT_NE(fleet.verdict(), "");
}

TEST_F(FleetTest, SyncsOverTlsWithThePayersOwnTrustAnchors) {
  FleetOptions options;
  options.tls = true;
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, AKilledWorkersMembersAreFinishedByAnother) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("victim");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, 8)) << fleet.logs();
  EXPECT_EQ(fleet.stop("victim", SIGKILL), 128 + SIGKILL);
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  EXPECT_THAT(fleet.jobs("running"), Not(IsEmpty()));
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 120s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, WorkersOfSeveralShardsShareOneFileAndOutliveOneOfThem) {
  Fleet fleet(with_a_slot_for_each());
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("victim");
  fleet.start_worker("survivor");
  fleet.add_members(2 * members, 4 * eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  EXPECT_EQ(fleet.stop("victim", SIGKILL), 128 + SIGKILL);
  EXPECT_LT(fleet.members_synced(), static_cast<long>(2 * members));
  ASSERT_TRUE(fleet.wait_until_synced(2 * members, 120s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.stop("survivor", SIGTERM), 0);
}

TEST_F(FleetTest, AWorkerPausedPastItsLeasesWritesNothingWhenItWakes) {
  Fleet fleet(with_a_slot_for_each());
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("sleeper");
  fleet.add_members(members, 4 * eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  fleet.pause_between_writes("sleeper");
  ASSERT_LT(fleet.members_synced(), static_cast<long>(members));
  fleet.set_faults(quick_pages);
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 120s)) << fleet.logs();
  ASSERT_TRUE(eventually(60s, [&] { return fleet.query("SELECT count(*) FROM cursor") == "0\n"; }));
  const std::string before = fleet.query(".dump");
  fleet.process("sleeper").signal(SIGCONT);
  // Its own words: each job that it held is gone, and it knows.
  ASSERT_TRUE(eventually(60s, [&] {
    const std::string log = fleet.process("sleeper").log_text();
    return log.find("lease_lost") != std::string::npos ||
           log.find("write_fenced") != std::string::npos;
  })) << fleet.logs();
  EXPECT_EQ(fleet.stop("sleeper", SIGTERM), 0);
  EXPECT_EQ(fleet.query(".dump"), before);
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, ADrainHandsJobsBackAtOnceAndEndsCleanly) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("leaver");
  fleet.add_members(members, 4 * eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, 8)) << fleet.logs();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(fleet.stop("leaver", SIGTERM), 0);
  // Far less than the pages that were left; reads are cut off, not waited for.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 4s);
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:running"}), "0\n");
  EXPECT_EQ(fleet.redis({"HLEN", "cf:{0}:busy"}), "0\n");
  const auto ready = fleet.jobs("ready");
  EXPECT_THAT(ready, SizeIs(members - static_cast<unsigned>(fleet.members_synced())));
  EXPECT_GE(
      std::ranges::count_if(ready, [](const JobFields& job) { return job.contains("cursor"); }),
      8 - fleet.members_synced());
  for (const JobFields& job : ready) {
    for (const char* counter : {"attempts", "stalls", "snoozes"}) {
      const auto counted = job.find(counter);  // written when first counted
      EXPECT_TRUE(counted == job.end() || counted->second == "0")
          << counter << " of " << job.at("member");
    }
  }
  fleet.set_faults(quick_pages);
  fleet.start_worker("heir");
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, SurvivesARestartOfRedis) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, 8)) << fleet.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  fleet.stop("redis", SIGTERM);
  fleet.start_redis();
  ASSERT_TRUE(fleet.wait_until_synced(members, 120s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, SurvivesAKilledRedisThatKeepsALog) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, 8)) << fleet.logs();
  ASSERT_LT(fleet.members_synced(), static_cast<long>(members));
  EXPECT_EQ(fleet.stop("redis", SIGKILL), 128 + SIGKILL);
  fleet.start_redis();
  ASSERT_LT(fleet.members_synced(), static_cast<long>(members));
  ASSERT_TRUE(fleet.wait_until_synced(members, 120s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, WaitsOutAPayerThatIsDown) {
  Fleet fleet(with_a_slot_for_each());
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, 2 * eobs);
  // Beyond the token refreshes: an unanswered one is rightly left alone for a minute.
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  fleet.set_faults(R"({"down":true})");
  ASSERT_TRUE(eventually(60s, [&] { return fleet.redis({"ZCARD", "cf:{0}:delayed"}) != "0\n"; }))
      << fleet.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members));
  fleet.set_faults(R"({"down":false})");
  ASSERT_TRUE(fleet.wait_until_synced(members, 150s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST_F(FleetTest, NeverHasMoreRequestsInFlightThanItsWorkersMay) {
  FleetOptions options;
  options.worker = "shards = 2\nslots = 12\nrequests_in_flight_max = 3\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("one");
  fleet.start_worker("two");
  fleet.add_members(2 * members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(2 * members, 90s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_LE(fleet.violation("concurrency_max"), 2 * 3);
  EXPECT_GT(fleet.violation("concurrency_max"), 3) << "the bound was never near";
}

}  // namespace
}  // namespace claimferry::integration
