// What must not be: each gives one clear line, loses nothing, and neither crashes nor spins.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 3;
constexpr unsigned eobs = 30;

void start_all(Fleet& fleet) {
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.start_scheduler();
}

TEST(BadInput, ARedisThatEvictsIsRefused) {
  FleetOptions options;
  options.eviction_policy = "allkeys-lru";
  Fleet fleet(options);
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.launch_worker("worker");
  EXPECT_EQ(fleet.wait_for_end("worker"), 1);
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("noeviction"));
}

TEST(BadInput, AWorkerWaitsForRedisAndSaysSoOnce) {
  Fleet fleet;
  fleet.start_sandbox();
  fleet.launch_worker("worker");
  ASSERT_TRUE(eventually(20s, [&] {
    return fleet.process("worker").log_text().find("redis_unreachable") != std::string::npos;
  }));
  fleet.start_redis();
  fleet.start_scheduler();
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  const std::string log = fleet.process("worker").log_text();
  EXPECT_EQ(log.find("redis_unreachable"), log.rfind("redis_unreachable"));
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, AWrongClientSecretParksNobody) {
  FleetOptions options;
  options.our_client_secret = "not-the-secret";
  Fleet fleet(options);
  start_all(fleet);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.redis({"ZCARD", "cf:{0}:delayed"}) == "3\n"; }))
      << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("check client_id"));
  EXPECT_THAT(fleet.cli({"member", "show", "M000001"}).text, HasSubstr("active"));
}

TEST(BadInput, ANextLinkToAnotherHostNeverGetsTheToken) {
  Fleet fleet;
  start_all(fleet);
  fleet.control("PATCH", "/v1/modes", R"({"foreign_next_host":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.redis({"ZCARD", "cf:{0}:dead"}) == "3\n"; }))
      << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("next_link_foreign_host"));
  EXPECT_EQ(number_in(fleet.control("GET", "/v1/violations"), "tokens_elsewhere"), 0);
}

TEST(BadInput, OddEntriesAreSetAsideAndTheRestIsStored) {
  Fleet fleet;
  start_all(fleet);
  fleet.control("PATCH", "/v1/modes", R"({"foreign_patient":true,"broken_entry":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("foreign_patient"));
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, AnOutcomeInPlaceOfABundleStoresNothingAndIsTriedAgain) {
  Fleet fleet;
  start_all(fleet);
  fleet.control("PATCH", "/v1/modes", R"({"not_a_bundle":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(eventually(30s, [&] { return fleet.redis({"ZCARD", "cf:{0}:delayed"}) == "3\n"; }))
      << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("not_a_bundle"));
  fleet.control("PATCH", "/v1/modes", R"({"not_a_bundle":false})");
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, AJobThatWasNotWrittenByUsIsSetAside) {
  Fleet fleet;
  start_all(fleet);
  fleet.start_worker("worker");
  fleet.redis({"HSET", "cf:{0}:member:X1", "payer", "aetna-sandbox", "state", "active"});
  fleet.redis({"ZADD", "cf:{0}:m:X1", "1", "odd"});
  fleet.redis({"ZADD", "cf:{0}:ready:aetna-sandbox:routine", "1", "X1"});
  ASSERT_TRUE(eventually(30s, [&] { return fleet.redis({"ZCARD", "cf:{0}:dead"}) == "1\n"; }))
      << fleet.logs();
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
}

TEST(BadInput, TheCommandLineSaysWhatIsWrongAndHowToFixIt) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  EXPECT_EQ(fleet.cli({"member", "add", "--payer", "nobody", "--from", "-"}).status, 2);
  EXPECT_EQ(fleet.cli({"member", "show", "M9"}).status, 4);
  EXPECT_EQ(fleet.cli({"backfill", "add", "M9"}).status, 4);
  EXPECT_EQ(fleet.cli({"backfill", "add", "M9", "--since", "yesterday"}).status, 2);
  EXPECT_EQ(fleet.cli({"nonsense"}).status, 2);
  const Output mixed =
      fleet.cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"},
                "{\"member\":\"M1\",\"patient\":\"p\",\"refresh_token\":\"t\"}\n{oops\n");
  EXPECT_EQ(mixed.status, 1);
  EXPECT_THAT(mixed.text, HasSubstr("added 1, refused 1"));
  EXPECT_EQ(fleet.stop("redis", SIGTERM), 0);
  EXPECT_EQ(fleet.cli({"status"}).status, 3);
}

}  // namespace
}  // namespace claimferry::integration
