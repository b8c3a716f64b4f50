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

constexpr std::string_view gateway_429 =
    R"({"httpCode":"429","httpMessage":"Too Many Requests","moreInformation":"Assembly Rate Limit exceeded"})";
constexpr std::string_view outcome_429 =
    R"({"resourceType":"OperationOutcome","id":"tooManyRequests","issue":[{"severity":"error","code":"transient","details":{"coding":[{"code":"MSG_UNKNOWN_TYPE","display":"We have detected excessive traffic coming from this IP"}],"text":"Too Many Request"}}]})";

TEST(Classify, LetsGoodAnswersThrough) {
  EXPECT_FALSE(classify(answer(200, "{}"), {Endpoint::eob, false, now}));
  EXPECT_FALSE(classify(answer(203, "{}"), {Endpoint::patient, false, now}));
}

// Its body may hold the only refresh token that the payer honours by now.
TEST(Classify, OfTheTokenEndpointLetsEverySuccessThrough) {
  for (const unsigned status : {200U, 201U, 202U, 203U, 204U, 205U, 206U, 226U}) {
    EXPECT_FALSE(classify(answer(status, ""), {Endpoint::token, false, now})) << status;
    const bool is_page = status == 200 || status == 203;
    EXPECT_EQ(classify(answer(status, ""), {Endpoint::eob, false, now}).has_value(), !is_page)
        << status;
  }
}

TEST(Classify, TellsWhatProvesATokenUnused) {
  struct Row {
    unsigned status;
    std::string_view body;
    bool proves;
  };
  const Row rows[] = {
      {429, "", true},
      {401, "", true},
      {401, "<html>", true},
      {400, R"({"error":"invalid_client"})", true},
      {400, R"({"error":"invalid_scope"})", true},
      {403, R"({"error":"unauthorized_client"})", true},
      {400, R"({"error":"invalid_grant"})", false},
      {400, "not json", false},
      {400, R"({"error":7})", false},
      {400, gateway_401, false},
      {403, "<html>", false},
      {404, gateway_404, false},
      {405, "", false},
      {301, "", false},
      {302, R"({"error":"invalid_request"})", false},
      {408, "", false},
      {500, R"({"error":"server_error"})", false},
      {503, "", false},
  };
  for (const Row& row : rows) {
    const Failure failure = failure_of(answer(row.status, row.body), Endpoint::token);
    EXPECT_EQ(proves_token_unused(failure), row.proves) << row.status << row.body;
  }
  const auto busy = answer(503, "", {{"Retry-After", "2"}});
  EXPECT_FALSE(proves_token_unused(failure_of(busy, Endpoint::token)));
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
      {400, R"({"error":"invalid_client"})", Endpoint::token, false, payer_refused,
       "client_refused"},
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

TEST(Classify, ReckonsARetryAfterByTheClockThatNamedIt) {
  struct Row {
    const char* date;
    Duration wait;
  };
  const Row rows[] = {
      {"Sat, 24 Oct 2026 12:10:00 GMT", 5s},
      {"Sat, 24 Oct 2026 11:50:00 GMT", 20min + 5s},
      {"yesterday", 10min + 5s},
  };
  for (const Row& row : rows) {
    const auto told =
        answer(429, "", {{"Date", row.date}, {"Retry-After", "Sat, 24 Oct 2026 12:10:05 GMT"}});
    EXPECT_EQ(failure_of(told, Endpoint::eob).retry_after, row.wait) << row.date;
  }
}

// now is Sat, 24 Oct 2026 12:00:00 GMT.
TEST(Classify, TakesEveryFormOfAskingForQuietForThat) {
  struct Row {
    unsigned status;
    std::string_view body;
  };
  const Row quiets[] = {{429, gateway_429},
                        {429, outcome_429},
                        {429, "<html>slow down</html>"},
                        {429, R"({"error":"slow_down"})"},
                        {429, ""},
                        {503, gateway_429},
                        {503, outcome_429},
                        {503, ""}};
  struct Wait {
    std::string header;
    std::optional<Duration> wait;
  };
  const Wait waits[] = {{"0", 0s},
                        {"7", 7s},
                        {"3600", 1h},
                        {"3601", 1h},
                        {"Sat, 24 Oct 2026 12:01:30 GMT", 90s},
                        {"Sat, 24 Oct 2026 11:59:59 GMT", 0s},
                        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
                        {"Sat, 24 Oct 2026 14:00:00 GMT", 1h},
                        {"Fri, 31 Dec 9999 23:59:59 GMT", 1h},
                        {"", std::nullopt},
                        {"-1", std::nullopt},
                        {"soon", std::nullopt},
                        {"Sat, 24 Oct 2026", std::nullopt},
                        {"Sat, 24 Oct 2026 12:01:30 CET", std::nullopt},
                        {"1 hour", std::nullopt}};
  for (const Endpoint endpoint : {Endpoint::token, Endpoint::patient, Endpoint::eob}) {
    for (const Row& quiet : quiets) {
      for (const Wait& wait : waits) {
        const Failure failure =
            failure_of(answer(quiet.status, quiet.body, {{"retry-after", wait.header}}), endpoint,
                       endpoint == Endpoint::eob);
        const bool asks = quiet.status == 429 || wait.wait;
        EXPECT_EQ(failure.kind, asks ? FailureKind::rate_limited : FailureKind::retryable)
            << failure.detail << wait.header;
        EXPECT_EQ(failure.code, "http_" + std::to_string(quiet.status));
        EXPECT_EQ(failure.retry_after, wait.wait) << failure.detail << wait.header;
        EXPECT_EQ(failure.detail.find("excessive"), std::string::npos);
      }
      const Failure silent = failure_of(answer(quiet.status, quiet.body), endpoint);
      EXPECT_EQ(silent.kind,
                quiet.status == 429 ? FailureKind::rate_limited : FailureKind::retryable);
      EXPECT_EQ(silent.retry_after, std::nullopt);
    }
  }
}

TEST(Classify, NamesTheIssueOfAPolicedAddress) {
  const Failure failure = failure_of(answer(429, outcome_429), Endpoint::eob);
  EXPECT_NE(failure.detail.find("issue transient"), std::string::npos) << failure.detail;
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
