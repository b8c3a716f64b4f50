// What each request of enrolment's to a payer waits for, what it tells the fleet, and when it is
// sent again.
#include "scheduler/enroll/payer_access.hpp"

#include "tests/unit/scheduler/enroll/payer_access_fixture.hpp"

namespace claimferry::enroll {
namespace {

const Failure closed_connection{FailureKind::retryable, "connection_stale", ""};

class Access : public PayerAccessTest {
 protected:
  quota::Asked ask(http::Method method = http::Method::get) {
    http::Request request{};
    request.method = method;
    request.url = "https://payer.test/x";
    const quota::Departure::Way way{profile.name, fhir::Endpoint::token};
    return run(payers.ask(way, std::move(request), time.steady() + 20s));
  }
};

TEST_F(Access, HasAPermitForEachRequest) {
  EXPECT_FALSE(ask().failure);
  EXPECT_EQ(fleet.wanted(), 1U);
  EXPECT_EQ(fleet.asks[0].shard, "enroll-1");
  EXPECT_EQ(events.endpoint, "token");
}

TEST_F(Access, AsksNobodyThatIsNotConfigured) {
  const quota::Departure::Way way{*PayerName::parse("cigna"), fhir::Endpoint::token};
  const auto asked = run(payers.ask(way, http::Request{}, time.steady() + 20s));
  EXPECT_EQ(asked.failure->code, "unknown_payer");
  EXPECT_EQ(payers.gate_of(way.payer), nullptr);
  EXPECT_TRUE(http.sent.empty());
}

TEST_F(Access, ARefusalIsToldToTheFleetAndHoldsTheNext) {
  answers.emplace_back(worker::quiet_please("600"));
  const auto asked = ask();
  ASSERT_TRUE(asked.is_refusal());
  EXPECT_EQ(asked.failure->retry_after, 600s);
  ASSERT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(fleet.refusals[0].asked, 600s);
  EXPECT_TRUE(fleet.refusals[0].is_limit);
  const auto held = ask();
  EXPECT_EQ(held.failure->code, "payer_blocked");
  EXPECT_FALSE(held.is_refusal());
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(Access, AReadThatMetAClosedConnectionLeavesOnceMoreWithAPermitOfItsOwn) {
  answers.emplace_back(closed_connection);
  EXPECT_FALSE(ask().failure);
  EXPECT_EQ(http.sent.size(), 2U);
  EXPECT_EQ(fleet.wanted(), 2U);
  answers.emplace_back(closed_connection);
  answers.emplace_back(closed_connection);
  EXPECT_TRUE(ask().is_stale());
  EXPECT_EQ(http.sent.size(), 4U);
}

TEST_F(Access, ACodeIsNeverSentTwice) {
  answers.emplace_back(closed_connection);
  EXPECT_TRUE(ask(http::Method::post).is_stale());
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(Access, GivesUpInTimeWhereNoPermitComes) {
  quota::Answer none;
  none.ask_again = 60ms;
  fleet.otherwise = none;
  const SteadyTime begun = time.steady();
  EXPECT_EQ(ask().failure->code, "quota_wait");
  EXPECT_EQ(time.steady() - begun, 20s);
  EXPECT_TRUE(http.sent.empty());
}

}  // namespace
}  // namespace claimferry::enroll
