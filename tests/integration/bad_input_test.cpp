// What must not be: each gives one clear line, loses nothing, and neither crashes nor spins.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 3;
constexpr unsigned eobs = 30;

TEST(BadInput, AProgramThatCannotTellThatItIsReadyEnds) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  for (const std::string name : {"worker", "scheduler"}) {
    const auto folder = std::filesystem::path(fleet.config_file()).parent_path();
    std::filesystem::create_directory(folder / (name + ".ready.unfinished"));
    fleet.launch(name);
    EXPECT_EQ(fleet.wait_for_end(name), 1);
    EXPECT_THAT(fleet.process(name).log_text(), HasSubstr("cannot write"));
  }
}

TEST(BadInput, ARedisThatEvictsIsRefusedByEachProgram) {
  FleetOptions options;
  options.eviction_policy = "allkeys-lru";
  Fleet fleet(options);
  fleet.start_redis();
  fleet.start_sandbox();
  for (const char* name : {"worker", "scheduler"}) {
    fleet.launch(name);
    EXPECT_EQ(fleet.wait_for_end(name), 1);
    EXPECT_THAT(fleet.process(name).log_text(),
                HasSubstr("CONFIG SET maxmemory-policy noeviction"));
  }
  const Output added = fleet.cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"},
                                 R"({"member":"M1","patient":"p","refresh_token":"t"})");
  EXPECT_EQ(added.status, 4);
  EXPECT_THAT(added.errors, HasSubstr("CONFIG SET maxmemory-policy noeviction"));
  EXPECT_EQ(fleet.redis({"EXISTS", "cf:{0}:member:M1"}), "0\n");
}

TEST(BadInput, AWorkerWaitsForRedisAndSaysSoOnce) {
  Fleet fleet;
  fleet.start_sandbox();
  fleet.launch("worker");
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

TEST(BadInput, AWrongClientSecretParksNobodyAndDoesNotSpin) {
  FleetOptions options;
  options.our_client_secret = "not-the-secret";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("delayed", members)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("check client_id"));
  EXPECT_THAT(fleet.cli({"member", "show", "M000001"}).text, HasSubstr("active"));
  // Each member may come back after a second at the soonest; a spin is hundreds by then.
  constexpr auto a_while = 4s;
  EXPECT_FALSE(eventually(a_while, [&] { return fleet.violation("token") > members * 5; }))
      << fleet.logs();
  EXPECT_GE(fleet.violation("token"), 1);
}

TEST(BadInput, APayerThatNobodyServesIsWaitedForAndSaidSo) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  const std::string enrolled =
      fleet.control("POST", "/v1/members", R"({"count":3,"seed":7,"eobs":3})");
  fleet.stop("sandbox", SIGKILL);
  ASSERT_EQ(
      fleet.cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"}, enrolled).status, 0);
  ASSERT_TRUE(fleet.wait_for_jobs("delayed", members)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("127.0.0.1"));
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("refused"));
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
  EXPECT_EQ(fleet.admin("worker", "/livez").status, 200);
  EXPECT_EQ(fleet.stop("worker", SIGTERM), 0);
}

TEST(BadInput, PagesThatAreNoJsonStoreNothingAndAreAskedForAgain) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.set_faults(R"({"malformed_body":1})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("delayed", members)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("page_not_"));
  EXPECT_EQ(fleet.query("SELECT count(*) FROM resource_version"), "0\n");
  fleet.set_faults(R"({"malformed_body":0})");
  ASSERT_TRUE(fleet.wait_until_synced(members, 90s)) << fleet.logs();
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, ANextLinkToAnotherHostNeverGetsTheToken) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.control("PATCH", "/v1/modes", R"({"foreign_next_host":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("dead", 3)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("next_link_foreign_host"));
  EXPECT_EQ(fleet.violation("tokens_elsewhere"), 0);
}

TEST(BadInput, OddEntriesAreSetAsideAndTheRestIsStored) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.control("PATCH", "/v1/modes", R"({"foreign_patient":true,"broken_entry":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("foreign_patient"));
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, AnOutcomeInPlaceOfABundleStoresNothingAndIsTriedAgain) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.control("PATCH", "/v1/modes", R"({"not_a_bundle":true})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("delayed", 3)) << fleet.logs();
  EXPECT_THAT(fleet.process("worker").log_text(), HasSubstr("not_a_bundle"));
  fleet.control("PATCH", "/v1/modes", R"({"not_a_bundle":false})");
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

TEST(BadInput, AJobThatWasNotWrittenByUsIsSetAside) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.redis({"HSET", "cf:{0}:member:X1", "payer", "aetna-sandbox", "state", "active"});
  fleet.redis({"ZADD", "cf:{0}:m:X1", "1", "odd"});
  fleet.redis({"ZADD", "cf:{0}:ready:aetna-sandbox:routine", "1", "X1"});
  // The member's own jobs end as dead letters, too: it has no tokens.
  ASSERT_TRUE(eventually(30s, [&] {
    return fleet.redis({"HGET", "cf:{0}:job:odd", "state"}) == "dead\n";
  })) << fleet.logs();
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
}

// Five mistakes of five kinds; each program names every one, at once.
constexpr const char* mistaken = R"([redis]
url = "http://127.0.0.1"
[worker]
shrads = 2
slots = 0
[sink]
path = "/tmp/claims.db"
[vault]
[payer.aetna-sandbox]
auth_root = "http://payer.example/fhir"
)";

class Check : public ::testing::TestWithParam<const char*> {};

TEST_P(Check, ReportsEveryMistakeAtOnce) {
  const TemporaryDirectory directory;
  const std::string file = directory.path() / "claimferry.toml";
  write_file(file, mistaken);
  std::vector<std::string> command{binary(GetParam()), "--config", file};
  const bool is_cli = command[0].ends_with("/claimferry");
  const std::vector<std::string> words =
      is_cli ? std::vector<std::string>{"config", "check"} : std::vector<std::string>{"--check"};
  command.insert(command.end(), words.begin(), words.end());
  const Output checked = run(command);
  EXPECT_EQ(checked.status, 2);
  for (const char* said : {"redis.url", "shrads", "did you mean", "worker.slots", "vault.key_file",
                           "auth_root", "token_url"}) {
    EXPECT_THAT(checked.errors, HasSubstr(said));
  }
  EXPECT_THAT(checked.errors, HasSubstr(file + ":4")) << "the place of the unknown key";
}

INSTANTIATE_TEST_SUITE_P(Programs, Check,
                         ::testing::Values("claimferry-worker", "claimferry-scheduler",
                                           "claimferry"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(BadInput, TheCommandLineSaysWhatIsWrongAndHowToFixIt) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  EXPECT_EQ(fleet.cli({"member", "add", "--payer", "nobody", "--from", "-"}).status, 2);
  EXPECT_EQ(fleet.cli({"member", "show", "M9"}).status, 4);
  EXPECT_EQ(fleet.cli({"backfill", "add", "M9"}).status, 4);
  EXPECT_EQ(fleet.cli({"backfill", "add", "M9", "--since", "yesterday"}).status, 2);
  EXPECT_EQ(fleet.cli({"nonsense"}).status, 2);
  const Output mistyped = fleet.cli({"statu"});
  EXPECT_EQ(mistyped.status, 2);
  EXPECT_THAT(mistyped.errors, HasSubstr("statu is no command; did you mean status?"));
  EXPECT_THAT(fleet.cli({"member", "ad"}).errors, HasSubstr("did you mean add?"));
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
