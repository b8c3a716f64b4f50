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
  RateLimit limit_of(LimitKind kind, double rate, double burst = 1, unsigned window_ms = 1000,
                     std::vector<RateChange> schedule = {}) const {
    LimitSettings settings;
    settings.kind = kind;
    settings.rate = rate;
    settings.burst = burst;
    settings.window_ms = window_ms;
    settings.schedule = std::move(schedule);
    RateLimit limit;
    limit.configure(settings, now);
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

TEST_F(LimitOf, ALookTakesNothing) {
  for (const LimitKind kind :
       {LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::sliding_window}) {
    RateLimit limit = limit_of(kind, 1);
    EXPECT_TRUE(limit.look(now).granted);
    EXPECT_EQ(limit.look(now).remaining, 1U);
    EXPECT_TRUE(limit.take(now).granted);
    EXPECT_FALSE(limit.look(now).granted);
    EXPECT_EQ(limit.look(now).wait, 1s);
  }
}

// From 10 a second to 50 a second after two seconds, to 2 a second after four.
TEST_F(LimitOf, ItsRateFollowsItsSchedule) {
  struct Moment {
    Duration after;    // the limit was set
    unsigned granted;  // of a hundred requests
    Duration wait;     // that is asked for then
  };
  struct Story {
    LimitKind kind;
    double burst;
    unsigned window_ms;
    std::vector<Moment> moments;
  };
  const Story stories[] = {
      // A bucket keeps its size and fills by each rate in its time.
      {LimitKind::token_bucket,
       20,
       1000,
       {{0ms, 20, 100ms},
        {1900ms, 19, 100ms},
        {1990ms, 0, 10ms},
        {2100ms, 6, 20ms},   // 1 by the old rate, 5 by the new one
        {3900ms, 20, 20ms},  // full since 2500
        {3990ms, 4, 10ms},
        {4000ms, 1, 500ms},
        {5000ms, 2, 500ms}}},
      // A window keeps its count, and its waits know of the change, too.
      {LimitKind::fixed_window,
       1,
       1000,
       {{0ms, 10, 1000ms},
        {1500ms, 10, 500ms},
        {2000ms, 50, 1000ms},
        {3999ms, 50, 1ms},
        {4000ms, 2, 1000ms}}},
      // Of three seconds: 30 in one, then 150, then 6.
      {LimitKind::sliding_window,
       1,
       3000,
       {{0ms, 30, 2000ms},
        {2000ms, 100, 0ms},    // of 120
        {3999ms, 50, 3000ms},  // the first 30 are gone
        {4000ms, 0, 2999ms},   // 150 of 6
        {6998ms, 0, 1ms},
        {6999ms, 6, 3000ms}}},
  };
  for (const Story& story : stories) {
    const WallTime begin = now;
    RateLimit limit =
        limit_of(story.kind, 10, story.burst, story.window_ms, {{2000, 50}, {4000, 2}});
    for (const Moment& moment : story.moments) {
      SCOPED_TRACE(std::string(names_of(story.kind)[static_cast<std::size_t>(story.kind)]) +
                   " after " + std::to_string(moment.after.count()));
      now = begin + moment.after;
      EXPECT_EQ(granted_of(100, limit), moment.granted);
      EXPECT_EQ(limit.look(now).wait, moment.wait);
    }
    now = begin;
  }
}

TEST_F(LimitOf, WhoWaitsAsToldPassesThenAndNotBefore) {
  for (const LimitKind kind :
       {LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::sliding_window}) {
    for (const double rate : {0.3, 1.0, 7.0, 30.0}) {
      RateLimit limit = limit_of(kind, 3, 2, 700, {{450, rate}, {900, 1.1}, {2400, rate}});
      for (int request = 0; request < 200; ++request) {
        const auto verdict = limit.take(now);
        if (!verdict.granted) {
          ASSERT_GT(verdict.wait, 0ms);
          EXPECT_FALSE(limit.look(now + verdict.wait - 1ms).granted) << rate << " " << request;
          now += verdict.wait;
          EXPECT_TRUE(limit.take(now).granted) << rate << " " << request;
        }
      }
    }
  }
}

TEST_F(LimitOf, AWindowThatUsedMoreThanALoweredRateGrantsHasNothingLeft) {
  for (const LimitKind kind : {LimitKind::fixed_window, LimitKind::sliding_window}) {
    RateLimit limit = limit_of(kind, 10, 1, 1000, {{500, 2}});
    EXPECT_EQ(granted_of(9, limit), 9U);
    now += 500ms;
    EXPECT_EQ(limit.take(now).limit, 2U);
    EXPECT_EQ(limit.take(now).remaining, 0U);
    EXPECT_EQ(limit.take(now).wait, 500ms);
    now -= 500ms;
  }
}

TEST_F(LimitOf, AWindowOfLessThanOneRequestGrantsOne) {
  LimitSettings settings;
  settings.kind = LimitKind::fixed_window;
  settings.window_ms = 4000;
  EXPECT_EQ(RateLimit::sustained(settings, 0.1), 0.25);
  EXPECT_EQ(RateLimit::sustained(settings, 2.6), 2.5);
  settings.kind = LimitKind::token_bucket;
  EXPECT_EQ(RateLimit::sustained(settings, 2.6), 2.6);
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

TEST_F(LimitOf, ADateIsByThePayersOwnClockAndJudgedByTheRightOne) {
  const std::string token = enrol();
  control("PUT", "/v1/limit",
          R"({"kind":"token_bucket","rate":0.25,"burst":1,"retry_after":"date"})");
  control("PATCH", "/v1/modes", R"({"clock":"ahead"})");
  get(eob_search(), token);
  const Answer ahead = get(eob_search(), token);
  EXPECT_EQ(header(ahead, "Date"), "Mon, 01 Jun 2026 00:10:00 GMT");
  EXPECT_EQ(header(ahead, "Retry-After"), "Mon, 01 Jun 2026 00:10:04 GMT");
  now += 5s;
  EXPECT_EQ(get(eob_search(), token).status, 200U);
  EXPECT_EQ(model.violations().requests_during_retry_after, 0U);
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

TEST_F(LimitOf, HeadersMayBeSilentAboutIt) {
  const std::string token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":1,"burst":1,"headers":false})");
  EXPECT_EQ(header(get(eob_search(), token), "x-ratelimit-limit"), "");
  const Answer refused = get(eob_search(), token);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(header(refused, "x-ratelimit-remaining"), "");
  EXPECT_EQ(header(refused, "Retry-After"), "1");
}

TEST_F(LimitOf, TheAppAndEachAddressMayHaveOneEach) {
  const std::string token = enrol();
  control("PUT", "/v1/limit",
          R"({"kind":"token_bucket","rate":1,"burst":3,)"
          R"("address":{"kind":"fixed_window","rate":2}})");
  const auto ask_from = [&](const char* address) {
    PayerRequest request;
    request.target = eob_search();
    request.authorization = "Bearer " + token;
    request.address = address;
    return ask(std::move(request));
  };
  EXPECT_EQ(ask_from("10.0.0.1").status, 200U);
  EXPECT_EQ(header(ask_from("10.0.0.1"), "x-ratelimit-remaining"),
            "name=rate-limit-1,1;name=rate-limit-2,0;");
  EXPECT_EQ(ask_from("10.0.0.1").status, 429U) << "by the address";
  EXPECT_EQ(ask_from("10.0.0.2").status, 200U);
  EXPECT_EQ(ask_from("10.0.0.2").status, 429U) << "by the app";
}

TEST_F(LimitOf, ARefusedRequestForTokensIsA429ThatSpendsNothing) {
  const std::string token = enrol();
  const std::string refresh_token = model.enrol({}, now).refresh_token;
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1,"tokens":true})");
  get(eob_search(), token);
  const Answer refused = refresh(refresh_token);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(header(refused, "Retry-After"), "10");
  EXPECT_EQ(header(refused, "x-ratelimit-remaining"), "name=rate-limit-1,0;");
  EXPECT_EQ(text(refused, "moreInformation"), "Assembly Rate Limit exceeded");
  now += 10s;
  EXPECT_EQ(refresh(refresh_token).status, 200U);
  EXPECT_EQ(model.violations().refresh_reused, 0U) << "it was not used before";
  EXPECT_EQ(get(eob_search(), token).status, 429U) << "the token's request counted";
}

TEST_F(LimitOf, RequestsForTokensDoNotCountByThemselves) {
  const std::string token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1})");
  const Answer tokens = refresh(model.enrol({}, now).refresh_token);
  EXPECT_EQ(tokens.status, 200U);
  EXPECT_EQ(header(tokens, "x-ratelimit-limit"), "");
  EXPECT_EQ(get(eob_search(), token).status, 200U);
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
