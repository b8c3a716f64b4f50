#include "tests/sandbox/model/rate_limit.hpp"

#include <algorithm>

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class LimitOf : public PayerTest {
 protected:
  unsigned granted_of(unsigned requests, RateLimit& limit) const {
    unsigned granted = 0;
    for (unsigned request = 0; request < requests; ++request) {
      granted += limit.take(now).granted ? 1 : 0;
    }
    return granted;
  }
  static RateLimit limit_of(LimitKind kind, double rate, double burst = 1,
                            unsigned window_ms = 1000) {
    LimitSettings settings;
    settings.kind = kind;
    settings.rate = rate;
    settings.burst = burst;
    settings.window_ms = window_ms;
    RateLimit limit;
    limit.configure(settings);
    return limit;
  }
};

TEST_F(LimitOf, ABucketGrantsItsBurstThenItsRate) {
  RateLimit limit = limit_of(LimitKind::token_bucket, 10, 5);
  EXPECT_EQ(granted_of(8, limit), 5U);
  EXPECT_EQ(limit.take(now).wait, 100ms);
  now += 100ms;
  EXPECT_EQ(granted_of(8, limit), 1U);
  now += 1h;
  EXPECT_EQ(granted_of(8, limit), 5U);
}

TEST_F(LimitOf, AFixedWindowGrantsAgainWhenTheNextOneBegins) {
  RateLimit limit = limit_of(LimitKind::fixed_window, 3);
  now += 900ms;
  EXPECT_EQ(granted_of(5, limit), 3U);
  EXPECT_EQ(limit.take(now).wait, 100ms);
  now += 100ms;
  EXPECT_EQ(granted_of(5, limit), 3U);
}

TEST_F(LimitOf, ASlidingWindowForgetsEachRequestAtItsOwnAge) {
  RateLimit limit = limit_of(LimitKind::sliding_window, 1, 1, 2000);
  EXPECT_EQ(granted_of(1, limit), 1U);
  now += 1500ms;
  EXPECT_EQ(granted_of(2, limit), 1U);
  EXPECT_EQ(limit.take(now).wait, 500ms);
  now += 500ms;
  EXPECT_EQ(granted_of(2, limit), 1U);
}

TEST_F(LimitOf, The429IsTheGatewaysWithRetryAfterInSeconds) {
  const std::string token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.5,"burst":1})");
  const Answer first = get(eob_search(), token);
  EXPECT_EQ(header(first, "x-ratelimit-limit"), "name=rate-limit-1,1;");
  EXPECT_EQ(header(first, "x-ratelimit-remaining"), "name=rate-limit-1,0;");
  const Answer refused = get(eob_search(), token);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(header(refused, "Retry-After"), "2");
  EXPECT_EQ(refused.body, R"({"httpCode":"429","httpMessage":"Too Many Requests",)"
                          R"("moreInformation":"Assembly Rate Limit exceeded"})");
  EXPECT_EQ(model.violations().status_429, 1U);
}

TEST_F(LimitOf, RetryAfterMayBeADateOrMissingAndTheBodyAnOperationOutcome) {
  const std::string token = enrol();
  control("PUT", "/v1/limit",
          R"({"kind":"token_bucket","rate":0.25,"burst":1,"retry_after":"date"})");
  control("PATCH", "/v1/modes", R"({"rate_limit_shape":"operation_outcome"})");
  get(eob_search(), token);
  const Answer dated = get(eob_search(), token);
  EXPECT_EQ(header(dated, "Retry-After"), "Mon, 01 Jun 2026 00:00:04 GMT");
  EXPECT_EQ(text(dated, "resourceType"), "OperationOutcome");
  const boost::json::value details = json(dated).at("issue").at(0).at("details");
  EXPECT_EQ(details.at("text").as_string(), "Too Many Request");
  EXPECT_EQ(details.at("coding").at(0).at("display").as_string(),
            "We have detected excessive traffic coming from this IP");
  control("PUT", "/v1/limit", R"({"kind":"fixed_window","rate":1,"retry_after":"none"})");
  get(eob_search(), token);
  const Answer silent = get(eob_search(), token);
  EXPECT_EQ(silent.status, 429U);
  EXPECT_EQ(header(silent, "Retry-After"), "");
}

TEST_F(LimitOf, EdgeNodesMayCountForThemselvesSoThatRemainingJumps) {
  const std::string token = enrol();
  control("PATCH", "/v1/modes", R"({"rate_headers_uneven":true})");
  std::vector<std::uint64_t> remaining;
  for (int request = 0; request < 30; ++request) {
    const std::string value = header(get(eob_search(), token), "x-ratelimit-remaining");
    const std::string prefix = "name=default,";
    ASSERT_TRUE(value.starts_with(prefix)) << value;
    remaining.push_back(std::stoull(value.substr(prefix.size())));
  }
  EXPECT_FALSE(std::is_sorted(remaining.rbegin(), remaining.rend()));
  EXPECT_LT(remaining.back(), 10'000U);
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":5,"burst":5})");
  const std::string both = header(get(eob_search(), token), "x-ratelimit-limit");
  EXPECT_EQ(both, "name=default,10000;name=rate-limit-1,5;");
}

TEST_F(LimitOf, WithoutALimitThereAreNoHeadersAndNo429) {
  const std::string token = enrol();
  for (int request = 0; request < 100; ++request) {
    ASSERT_EQ(get(eob_search(), token).status, 200U);
  }
  EXPECT_EQ(header(get(eob_search(), token), "x-ratelimit-limit"), "");
}

}  // namespace
}  // namespace claimferry::sandbox
