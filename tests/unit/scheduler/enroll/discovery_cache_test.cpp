// How often a payer is asked where its pages are, and what stands meanwhile.
#include "scheduler/enroll/discovery_cache.hpp"

#include "tests/unit/scheduler/enroll/payer_access_fixture.hpp"

namespace claimferry::enroll {
namespace {

std::string page(const std::string& name) {
  return "https://payer.test/oauth/" + name;
}

class Discovery : public PayerAccessTest {
 protected:
  Discovery() { otherwise = naming("a"); }
  static std::function<Answer()> naming(const std::string& name) {
    return always(200, R"({"authorization_endpoint":")" + page(name) +
                           R"(","token_endpoint":"https://payer.test/oauth/token"})");
  }
  // The URL, or why there is none.
  std::string ask() {
    const auto url = run(discovery.authorize_url(profile));
    return url ? *url : url.failure().code;
  }

  DiscoveryCache discovery{time, payers};
};

TEST_F(Discovery, WhatTheProfileNamesIsNotAskedFor) {
  profile.authorize_url = page("named");
  EXPECT_EQ(ask(), page("named"));
  EXPECT_TRUE(http.sent.empty());
}

TEST_F(Discovery, IsAskedOnceAnHour) {
  EXPECT_EQ(ask(), page("a"));
  EXPECT_EQ(http.sent,
            std::vector<std::string>{"https://payer.test/oauth/.well-known/smart-configuration"});
  EXPECT_EQ(events.endpoint, "discovery");
  otherwise = naming("b");
  pass(Duration(limits::discovery_life) - 1ms);
  EXPECT_EQ(ask(), page("a"));
  EXPECT_EQ(http.sent.size(), 1U);
  pass(1ms);
  EXPECT_EQ(ask(), page("b"));
  EXPECT_EQ(http.sent.size(), 2U);
}

TEST_F(Discovery, AFailureStandsForAMomentAndNotOverAGoodAnswer) {
  otherwise = always(404);
  EXPECT_EQ(ask(), "discovery_refused");
  otherwise = naming("a");
  EXPECT_EQ(ask(), "discovery_refused");
  EXPECT_EQ(http.sent.size(), 1U);
  pass(limits::discovery_retry);
  EXPECT_EQ(ask(), page("a"));
  otherwise = always(500);
  pass(limits::discovery_life);
  EXPECT_EQ(ask(), page("a"));
  EXPECT_EQ(http.sent.size(), 3U);
}

TEST_F(Discovery, WhoComesWhileThePayerIsAskedDoesNotAskAsWell) {
  http.hold = true;
  const auto first = begin(discovery.authorize_url(profile));
  EXPECT_EQ(ask(), "discovery_pending");
  EXPECT_EQ(http.sent.size(), 1U);
  http.let_go();
  EXPECT_EQ(ask(), page("a"));
  EXPECT_TRUE(*first);
}

TEST_F(Discovery, AQuietThatThePayerAskedForHolds) {
  otherwise = [] { return Answer(worker::quiet_please("600")); };
  EXPECT_EQ(ask(), "http_429");
  ASSERT_EQ(fleet.refusals.size(), 1U) << "the fleet is told";
  otherwise = naming("a");
  pass(limits::discovery_retry);
  EXPECT_EQ(ask(), "payer_blocked");
  EXPECT_EQ(http.sent.size(), 1U);
  pass(600s);
  EXPECT_EQ(ask(), page("a"));
}

TEST_F(Discovery, AQuietThatTheFleetAnnouncedHolds) {
  payers.gate_of(profile.name)->block(time.steady() + 10min, 1);
  EXPECT_EQ(ask(), "payer_blocked");
  EXPECT_TRUE(http.sent.empty());
}

TEST_F(Discovery, AClosedConnectionIsNoFailure) {
  answers.emplace_back(Failure{FailureKind::retryable, "connection_stale", ""});
  EXPECT_EQ(ask(), page("a"));
  EXPECT_EQ(http.sent.size(), 2U);
}

}  // namespace
}  // namespace claimferry::enroll
