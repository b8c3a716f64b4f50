// What the payer may turn out to be: each truth that its documents leave open, and each way in
// which it says that it had enough, against the real processes.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

constexpr unsigned members = 3;
constexpr unsigned eobs = 50;  // three pages each

struct Truth {
  const char* name;
  const char* modes;
  const char* payer = "";  // lines of our own profile
  const char* faults = "{}";
  const char* limit = "{}";
};

void PrintTo(const Truth& truth, std::ostream* out) {
  *out << truth.name;
}

class PayerModes : public ::testing::TestWithParam<Truth> {};

TEST_P(PayerModes, EveryClaimArrivesOnce) {
  const Truth& truth = GetParam();
  FleetOptions options;
  options.payer = truth.payer;
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.control("PATCH", "/v1/modes", truth.modes);
  fleet.set_faults(truth.faults);
  fleet.control("PUT", "/v1/limit", truth.limit);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 90s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
}

constexpr const char* rewrite =
    R"(next_rewrite = { "/fhirdemo/prod/v2/patientaccess/" = "/fhirdemo/v2/patientaccess/" })"
    "\n";
constexpr const char* allow =
    R"(allow_path_prefixes = ["/fhirdemo/v2/patientaccess/", "/fhirdemo/prod/v2/patientaccess/"])"
    "\n";

constexpr const char* quiet_until_a_date =
    R"({"kind":"fixed_window","rate":3,"window_ms":3000,"retry_after":"date"})";

INSTANTIATE_TEST_SUITE_P(
    Truths, PayerModes,
    ::testing::Values(
        Truth{"coverage_by_beneficiary", R"({"coverage_param":"beneficiary"})"},
        Truth{"coverage_by_beneficiary_as_configured", R"({"coverage_param":"beneficiary"})",
              "coverage_param = \"beneficiary\"\n"},
        Truth{"coverage_by_patient_though_configured_otherwise", R"({"coverage_param":"patient"})",
              "coverage_param = \"beneficiary\"\n"},
        Truth{"coverage_by_both", R"({"coverage_param":"both"})"},
        Truth{"next_links_of_another_prefix_rewritten",
              R"({"next_link":"other_prefix","other_prefix_served":false})", rewrite},
        Truth{"next_links_of_another_prefix_allowed", R"({"next_link":"other_prefix"})", allow},
        Truth{"relative_next_links", R"({"next_link":"relative"})"},
        Truth{"opaque_next_links", R"({"next_link":"opaque"})"},
        Truth{"no_bundle_total", R"({"bundle_total":false})"},
        Truth{"refresh_tokens_that_do_not_rotate", R"({"no_refresh_token_in_answer":true})", "",
              R"({"expire_access_tokens":0.2})"},
        Truth{"no_expires_in", R"({"no_expires_in":true})"},
        Truth{"numbers_as_strings", R"({"numbers_as_strings":true})"},
        Truth{"a_limit_told_by_an_outcome", R"({"rate_limit_shape":"operation_outcome"})", "", "{}",
              R"({"kind":"token_bucket","rate":10,"burst":5})"},
        Truth{"quiet_until_a_date_by_a_clock_ahead", R"({"clock":"ahead"})", "", "{}",
              quiet_until_a_date},
        Truth{"quiet_until_a_date_by_a_clock_behind", R"({"clock":"behind"})", "", "{}",
              quiet_until_a_date}),
    [](const auto& instance) { return std::string(instance.param.name); });

class PayerLimit : public ::testing::TestWithParam<const char*> {};

// Two workers: what one is told, the other must heed.
TEST_P(PayerLimit, IsWaitedOutAndNeverIgnored) {
  FleetOptions options;
  options.worker = "shards = 2\nslots = 8\nrequests_in_flight_max = 4\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.control("PUT", "/v1/limit",
                std::string(R"({"kind":"token_bucket","rate":15,"burst":6,"retry_after":")") +
                    GetParam() + "\"}");
  fleet.start_worker("one");
  fleet.start_worker("two");
  fleet.add_members(2 * members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(2 * members, 150s)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_GT(fleet.violation("status_429"), 0);
  EXPECT_EQ(fleet.violation("requests_during_retry_after"), 0);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
}

INSTANTIATE_TEST_SUITE_P(RetryAfter, PayerLimit, ::testing::Values("seconds", "date", "none"),
                         [](const auto& instance) { return std::string(instance.param); });

// While a secret is replaced: whoever is refused with the one goes on with the other, and stays.
TEST(PayerSecrets, WorkersGoOnWhileThePayerTakesOnlyTheSecondOfTwo) {
  FleetOptions options;
  options.our_client_secret = "integration-secret\nthe-new-one";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("one");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("done", members)) << fleet.logs();
  EXPECT_EQ(fleet.violation("token"), members);
  fleet.control("PATCH", "/v1/modes", R"({"client_secrets":["the-new-one"]})");
  long done = members;
  const auto pull_again = [&] {
    const long before = fleet.violation("token");
    fleet.control("POST", "/v1/tokens/expire", "{}");
    for (unsigned number = 1; number <= members; ++number) {
      EXPECT_EQ(
          fleet.cli({"backfill", "add", "M00000" + std::to_string(number), "--since", "2020-01-01"})
              .status,
          0);
    }
    done += members;
    EXPECT_TRUE(fleet.wait_for_jobs("done", done)) << fleet.logs();
    return fleet.violation("token") - before;
  };
  EXPECT_GT(pull_again(), members) << "the first was refused";
  EXPECT_EQ(pull_again(), members) << "the second serves";
  EXPECT_EQ(fleet.stop("one", SIGTERM), 0);
  fleet.start_worker("two");
  EXPECT_GT(pull_again(), members) << "a new process begins with the first";
  EXPECT_EQ(pull_again(), members);
  EXPECT_NE(fleet.metrics("two").find("claimferry_breaker_open{payer=\"aetna-sandbox\"} 0"),
            std::string::npos);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
  EXPECT_EQ(fleet.verdict(), "");
}

// Claims slip past the borders of pages, sweep after sweep: what a sweep did not see as a whole
// proves nobody's absence.
TEST(PayerPages, AClaimThatSlipsPastAPagesBorderIsNotTakenForAbsent) {
  FleetOptions options;
  options.scheduler = "interval = \"1s\"\nsweep_interval = \"1s\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(1, 50);
  ASSERT_TRUE(fleet.wait_for_jobs("done", 1)) << fleet.logs();
  fleet.set_faults(R"({"shifted_pages":1})");
  const auto done = [&] { return std::stol(fleet.redis({"ZCARD", "cf:{0}:done"})); };
  const long before = done();
  ASSERT_TRUE(eventually(60s, [&] { return done() >= before + 4; })) << fleet.logs();
  EXPECT_EQ(fleet.query("SELECT count(*) FROM resource_version WHERE absent_at IS NOT NULL"),
            "0\n");
  EXPECT_EQ(fleet.verdict(), "");
  fleet.control("POST", "/v1/claims/withdraw", R"({"count":1})");
  fleet.set_faults(R"({"shifted_pages":0})");
  EXPECT_TRUE(eventually(60s, [&] {
    return fleet.query("SELECT count(*) FROM resource_version WHERE absent_at IS NOT NULL") ==
           "1\n";
  })) << "and what whole sweeps miss twice is absent";
  EXPECT_EQ(fleet.verdict(), "");
}

// Its quiet is for token requests, too, though the limit itself does not count them.
TEST(PayerQuiet, NoTokenIsRefreshedWhileThePayerAsksForQuiet) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":12,"burst":4})");
  fleet.set_faults(R"({"expire_access_tokens":0.4})");
  fleet.start_worker("worker");
  fleet.add_members(2 * members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(2 * members, 150s)) << fleet.logs();
  EXPECT_GT(fleet.violation("status_429"), 0);
  EXPECT_EQ(fleet.violation("requests_during_retry_after"), 0);
  EXPECT_EQ(fleet.verdict(), "");
}

// Known, it is kept by all together: nobody meets a 429, and an operator sees what was used.
TEST(PayerQuota, AKnownLimitIsKeptByAllWorkersTogether) {
  FleetOptions options;
  options.payer = "quota.rate = 25\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.control("PUT", "/v1/limit",
                R"({"kind":"token_bucket","rate":25,"burst":12,"tokens":true})");
  for (const char* name : {"one", "two", "three"}) {
    fleet.start_worker(name);
  }
  fleet.add_members(2 * members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(2 * members, 150s)) << fleet.logs();
  EXPECT_EQ(fleet.violation("status_429"), 0);
  EXPECT_EQ(fleet.verdict(), "");
  const std::string used = fleet.redis({"HGET", "cf:{0}:quota:aetna-sandbox", "used"});
  EXPECT_GT(std::stol(used), 2 * members);
  // Whoever came too late for a request has not heard of the rate.
  std::string told;
  for (const char* name : {"one", "two", "three"}) {
    told += fleet.metrics(name);
  }
  EXPECT_NE(told.find("claimferry_quota_rate{payer=\"aetna-sandbox\"} 25"), std::string::npos);
  const Output seen = fleet.cli({"quota", "aetna-sandbox"});
  EXPECT_NE(seen.text.find("25"), std::string::npos) << seen.errors;
}

}  // namespace
}  // namespace claimferry::integration
