#include "tests/sandbox/model/violations.hpp"

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class ViolationsOf : public PayerTest {
 protected:
  // Enrols a member, and has the payer ask for a wait of ten seconds.
  std::string told_to_wait() {
    const std::string token = enrol();
    control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1})");
    get(eob_search(), token);
    EXPECT_EQ(header(get(eob_search(), token), "Retry-After"), "10");
    return token;
  }
  std::uint64_t during_wait() const { return model.violations().requests_during_retry_after; }
};

TEST_F(ViolationsOf, ARequestInsideTheWaitIsCountedAfterAnAllowanceForWhatWasUnderWay) {
  const std::string token = told_to_wait();
  now += 250ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 0U);
  now += 1ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
}

TEST_F(ViolationsOf, TheWaitEnds) {
  const std::string token = told_to_wait();
  now += 10s;
  EXPECT_EQ(get(eob_search(), token).status, 200U);
  EXPECT_EQ(during_wait(), 0U);
}

TEST_F(ViolationsOf, ALater429OfTheSameBurstExcusesNothing) {
  const std::string token = told_to_wait();
  now += 200ms;
  get(eob_search(), token);
  now += 200ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
}

TEST_F(ViolationsOf, TheTokenEndpointIsPartOfTheWaitAndDiscoveryIsNot) {
  told_to_wait();
  now += 5s;
  get(discovery_path, "");
  EXPECT_EQ(during_wait(), 0U);
  refresh(member.refresh_token);
  EXPECT_EQ(during_wait(), 1U);
}

TEST_F(ViolationsOf, A429ThatNeverArrivedAsksForNothing) {
  const std::string token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1})");
  get(eob_search(), token);
  Answer refused = get(eob_search(), token);
  model.reset();
  refused.transport.ending = Transport::Ending::reset;
  Conduct conduct;
  conduct.arrived(Endpoint::eob, now);
  conduct.answered(refused, 0, now);
  conduct.arrived(Endpoint::eob, now + 1s);
  EXPECT_EQ(conduct.counts().requests_during_retry_after, 0U);
}

TEST_F(ViolationsOf, TokensAtAnotherHostOrPathOrPortAreCounted) {
  const std::string token = enrol();
  get(discovery_path, token);
  EXPECT_EQ(model.violations().tokens_elsewhere, 1U);
  get("/fhirdemo/v1/other", token);
  EXPECT_EQ(model.violations().tokens_elsewhere, 2U);
  PayerRequest foreign;
  foreign.target = eob_search();
  foreign.authorization = "Bearer " + token;
  foreign.foreign_host = true;
  EXPECT_EQ(ask(foreign).status, 404U);
  EXPECT_EQ(model.violations().tokens_elsewhere, 3U);
  get(eob_search(), token);
  get(discovery_path, "");
  EXPECT_EQ(model.violations().tokens_elsewhere, 3U);
}

TEST_F(ViolationsOf, TheHighestConcurrencyIsKept) {
  PayerRequest request;
  request.target = discovery_path;
  request.at = now;
  const Answer first = model.handle(request);
  const Answer second = model.handle(request);
  model.finished(first, 10, now);
  model.finished(second, 10, now);
  ask(request);
  EXPECT_EQ(model.violations().concurrency_max, 2U);
  EXPECT_EQ(model.violations().requests, 3U);
}

TEST_F(ViolationsOf, AreToldByTheirContractsNames) {
  enrol();
  const auto told = boost::json::parse(control("GET", "/v1/violations").body).as_object();
  for (const char* name : {"requests_during_retry_after", "refresh_reused", "refresh_retried_late",
                           "tokens_elsewhere", "unknown_parameters", "concurrency_max", "requests",
                           "pages", "status_429", "bytes_sent", "requests_by_endpoint"}) {
    EXPECT_TRUE(told.contains(name)) << name;
  }
  EXPECT_EQ(told.at("requests_by_endpoint").at("token").as_int64(), 1);
}

}  // namespace
}  // namespace claimferry::sandbox
