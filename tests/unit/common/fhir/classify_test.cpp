#include "common/fhir/classify.hpp"

#include <gtest/gtest.h>

namespace claimferry::fhir {
namespace {

using namespace std::chrono_literals;

const WallTime now{1'792'843'200s};

http::Response answer(unsigned status, std::string_view body,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = http::Body(body);
  for (auto& [name, value] : headers) {
    response.headers.add(std::move(name), std::move(value));
  }
  return response;
}

Failure failure_of(const http::Response& response, Endpoint endpoint, bool is_next_link = false) {
  auto failure = classify(response, {endpoint, is_next_link, now});
  return failure ? *failure : Failure{FailureKind::cancelled, "none", ""};
}

constexpr std::string_view gateway_401 =
    R"({"httpCode":"401","httpMessage":"Unauthorized","moreInformation":"x"})";
constexpr std::string_view gateway_404 =
    R"({"httpCode":"404","moreInformation":"No resources match requested URI"})";
constexpr std::string_view outcome =
    R"({"resourceType":"OperationOutcome","id":"687401","issue":[{"severity":"error","code":"not-found"}]})";

TEST(Classify, LetsGoodAnswersThrough) {
  EXPECT_FALSE(classify(answer(200, "{}"), {Endpoint::eob, false, now}));
  EXPECT_FALSE(classify(answer(203, "{}"), {Endpoint::patient, false, now}));
}

TEST(Classify, DecidesEachAnswerOnce) {
  struct Row {
    unsigned status;
    std::string_view body;
    Endpoint endpoint;
    bool is_next_link;
    FailureKind kind;
    std::string_view code;
  };
  using enum FailureKind;
  const Row table[] = {
      {429, "", Endpoint::eob, false, rate_limited, "http_429"},
      {503, "", Endpoint::eob, false, retryable, "http_503"},
      {500, outcome, Endpoint::eob, false, retryable, "http_500"},
      {408, "", Endpoint::token, false, retryable, "http_408"},
      {403, "<html>Access Denied</html>", Endpoint::eob, false, retryable, "edge_denied"},
      {403, outcome, Endpoint::eob, false, resource_refused, "forbidden"},
      {401, gateway_401, Endpoint::eob, false, resource_refused, "unauthorized"},
      {404, gateway_404, Endpoint::eob, false, payer_refused, "wrong_base_url"},
      {404, gateway_404, Endpoint::eob, true, payer_refused, "wrong_base_url"},
      {404, outcome, Endpoint::patient, false, permanent, "member_unknown"},
      {410, outcome, Endpoint::eob, true, retryable, "cursor_gone"},
      {400, outcome, Endpoint::eob, true, retryable, "cursor_gone"},
      {400, outcome, Endpoint::coverage, false, permanent, "bad_request"},
      {405, outcome, Endpoint::eob, false, permanent, "http_405"},
      {302, "", Endpoint::eob, false, payer_refused, "redirected"},
      {400, R"({"error":"invalid_grant"})", Endpoint::token, false, reconsent_required,
       "invalid_grant"},
      {400, R"({"error":"invalid_scope"})", Endpoint::token, false, payer_refused, "invalid_scope"},
      {400, "not json", Endpoint::token, false, payer_refused, "http_400"},
      {401, R"({"error":"unauthorized_client"})", Endpoint::token, false, payer_refused,
       "client_refused"},
      {401, R"({"error":"invalid_grant"})", Endpoint::token, false, payer_refused,
       "client_refused"},
      {404, gateway_404, Endpoint::token, false, payer_refused, "http_404"},
  };
  for (const Row& row : table) {
    const Failure failure =
        failure_of(answer(row.status, row.body), row.endpoint, row.is_next_link);
    EXPECT_EQ(failure.kind, row.kind) << row.status << row.body;
    EXPECT_EQ(failure.code, row.code) << row.status << row.body;
  }
}

TEST(Classify, HonoursRetryAfterInEitherForm) {
  const Failure seconds = failure_of(answer(429, "", {{"retry-after", "7"}}), Endpoint::eob);
  EXPECT_EQ(seconds.retry_after, Duration(7s));
  const Failure busy = failure_of(answer(503, "", {{"Retry-After", "2"}}), Endpoint::eob);
  EXPECT_EQ(busy.kind, FailureKind::rate_limited);
  EXPECT_EQ(failure_of(answer(429, ""), Endpoint::eob).retry_after, std::nullopt);
}

TEST(Classify, TellsThePayersReferenceAndNothingElseOfItsBody) {
  const Failure failure = failure_of(
      answer(500, R"({"resourceType":"OperationOutcome","id":"687401","issue":[{"code":"exception",
             "diagnostics":"Jane Doe 1961-02-03"}]})"),
      Endpoint::eob);
  EXPECT_NE(failure.detail.find("687401"), std::string::npos);
  EXPECT_NE(failure.detail.find("issue exception"), std::string::npos);
  EXPECT_EQ(failure.detail.find("Jane"), std::string::npos);
}

TEST(RetryAfter, ReadsSecondsAndTheThreeDates) {
  const WallTime then{784'111'777s};  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", now), Duration(120s));
  EXPECT_EQ(parse_retry_after("0", now), Duration(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then - 90s), Duration(90s));
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", then - 90s), Duration(90s));
  EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", then - 90s), Duration(90s));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then + 90s), Duration(0));
}

TEST(RetryAfter, IsCappedAndMistrusted) {
  EXPECT_EQ(parse_retry_after("999999999999999999999999", now), Duration(1h));
  EXPECT_EQ(parse_retry_after("86400", now), Duration(1h));
  for (const auto* text : {"", "-1", "1.5", "soon", "12s"}) {
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace claimferry::fhir
