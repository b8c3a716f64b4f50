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

TEST_F(ViolationsOf, A503ThatAsksForAWaitIsHeldAgainstTheClientAsA429Is) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"status_503_retry_after":1})");
  get(eob_search(), token);
  control("PATCH", "/v1/faults", R"({"status_503_retry_after":0})");
  now += 250ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 0U);
  now += 1ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
  now += 749ms;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
  EXPECT_EQ(model.violations().status_429, 0U);
}

TEST_F(ViolationsOf, TheTokenEndpointIsPartOfTheWaitAndDiscoveryIsNot) {
  told_to_wait();
  now += 5s;
  get(discovery_path, "");
  EXPECT_EQ(during_wait(), 0U);
  refresh(member.refresh_token);
  EXPECT_EQ(during_wait(), 1U);
}

TEST_F(ViolationsOf, A429ThatDidNotArriveWholeAsksForNothingAndIsNotCounted) {
  const std::string token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1})");
  get(eob_search(), token);
  const Answer refused = get(eob_search(), token);
  for (const bool reset : {true, false}) {
    Answer answer = refused;
    answer.transport.ending = reset ? Transport::Ending::reset : Transport::Ending::whole;
    Conduct conduct;
    conduct.arrived(Endpoint::eob, now);
    conduct.answered(answer, 0, now, reset);
    conduct.arrived(Endpoint::eob, now + 1s);
    EXPECT_EQ(conduct.counts().requests_during_retry_after, 0U) << reset;
    EXPECT_EQ(conduct.counts().status_429, 0U) << reset;
  }
}

TEST_F(ViolationsOf, ADateStaysThatDateHoweverLateTheAnswerLeaves) {
  const std::string token = enrol();
  control("PUT", "/v1/limit",
          R"({"kind":"token_bucket","rate":0.1,"burst":1,"retry_after":"date"})");
  get(eob_search(), token);
  PayerRequest request;
  request.target = eob_search();
  request.authorization = "Bearer " + token;
  request.at = now;
  const Answer refused = model.handle(request);
  ASSERT_EQ(header(refused, "Retry-After"), "Mon, 01 Jun 2026 00:00:10 GMT");
  now += 4s;
  model.finished(refused, refused.body.size(), now);
  now += 5s;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
  now += 1s;
  get(eob_search(), token);
  EXPECT_EQ(during_wait(), 1U);
}

TEST_F(ViolationsOf, PagesAreBundlesThatLeftWhole) {
  const std::string token = enrol();
  get(eob_search(), token);
  EXPECT_EQ(model.violations().pages, 1U);
  for (const char* faults : {R"({"outcome_200":1})", R"({"outcome_200":0,"malformed_body":1})",
                             R"({"malformed_body":0,"truncated_body":1})"}) {
    control("PATCH", "/v1/faults", faults);
    get(eob_search(), token);
  }
  control("PATCH", "/v1/faults", R"({"truncated_body":0})");
  get(std::string(base) + "/Patient/" + member.patient, token);
  PayerRequest request;
  request.target = eob_search();
  request.authorization = "Bearer " + token;
  request.at = now;
  model.finished(model.handle(request), 10, now, false);
  EXPECT_EQ(model.violations().pages, 1U);
}

TEST_F(ViolationsOf, SecretsWhereTheyDoNotBelongAreCounted) {
  const std::string token = enrol();
  const std::string bearer = "Bearer " + token;
  const std::string basic = "Basic " + to_base64("sandbox-client:sandbox-secret");
  const std::string search = eob_search();
  const std::string metadata = std::string(base) + "/metadata";
  const std::string token_url(token_path);
  const std::string refresh_form = "grant_type=refresh_token&refresh_token=AAIx";
  struct Case {
    const char* what;
    std::string method, target, authorization, body;
    bool foreign;
    unsigned counted;
  };
  const Case cases[] = {
      {"bearer, discovery", "GET", std::string(discovery_path), bearer, "", false, 1},
      {"bearer, metadata", "GET", metadata, bearer, "", false, 1},
      {"bearer, other path", "GET", "/fhirdemo/v1/other", bearer, "", false, 1},
      {"bearer, other type outside", "GET", "/fhirdemo/v1/Observation", bearer, "", false, 1},
      {"bearer, token endpoint", "POST", token_url, bearer, refresh_form, false, 1},
      {"bearer, another host", "GET", search, bearer, "", true, 1},
      {"basic, resources", "GET", search, basic, "", false, 1},
      {"basic, discovery", "GET", std::string(discovery_path), basic, "", false, 1},
      {"basic by GET", "GET", token_url, basic, "", false, 1},
      {"refresh token in a query", "POST", token_url + "?refresh_token=AAIx", basic, "", false, 1},
      {"access token in a query", "GET", search + "&t=" + token, "", "", false, 1},
      {"refresh token elsewhere", "POST", search, "", refresh_form, false, 1},
      {"refresh token, another host", "POST", token_url, basic, refresh_form, true, 1},
      {"bearer, resources", "GET", search, bearer, "", false, 0},
      {"bearer without case", "GET", search, "bearer " + token, "", false, 0},
      {"bearer, type not served", "GET", std::string(base) + "/Observation", bearer, "", false, 0},
      {"basic and form", "POST", token_url, basic, refresh_form, false, 0},
      {"nothing", "GET", std::string(discovery_path), "", "", false, 0},
  };
  for (const Case& item : cases) {
    const std::uint64_t before = model.violations().tokens_elsewhere;
    PayerRequest request;
    request.method = item.method;
    request.target = item.target;
    request.authorization = item.authorization;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = item.body;
    request.foreign_host = item.foreign;
    ask(std::move(request));
    EXPECT_EQ(model.violations().tokens_elsewhere - before, item.counted) << item.what;
  }
}

TEST_F(ViolationsOf, AProdLinkOfThePayersOwnIsNoLeakEvenWhereItLeadsNowhere) {
  const std::string token = enrol();
  get("/fhirdemo/prod/v2/patientaccess/ExplanationOfBenefit", token);
  EXPECT_EQ(model.violations().tokens_elsewhere, 1U) << "nobody named this path";
  control("PATCH", "/v1/modes", R"({"next_link":"other_prefix","other_prefix_served":false})");
  const std::string next = path_of(link(get(eob_search(), token), "next"));
  EXPECT_EQ(get(next, token).status, 404U);
  control("PATCH", "/v1/modes", R"({"next_link":"absolute"})");
  EXPECT_EQ(get(next, token).status, 404U);
  EXPECT_EQ(model.violations().tokens_elsewhere, 1U);
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
  for (const char* name :
       {"requests_during_retry_after", "refresh_reused", "refresh_retried_late", "tokens_elsewhere",
        "unknown_parameters", "concurrency_max", "requests", "pages", "status_429", "bytes_sent",
        "requests_by_endpoint", "codes_reused", "credentials_in_body", "pkce_missing", "aud_wrong",
        "codes_issued", "codes_exchanged", "logins_failed", "consents_denied"}) {
    EXPECT_TRUE(told.contains(name)) << name;
  }
  EXPECT_EQ(told.at("requests_by_endpoint").at("token").as_int64(), 1);
}

}  // namespace
}  // namespace claimferry::sandbox
