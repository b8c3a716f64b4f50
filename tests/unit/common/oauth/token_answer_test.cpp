#include "common/oauth/token_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::oauth {
namespace {

using std::chrono::seconds;

Result<TokenAnswer> parse(const std::string& text) {
  return parse_token_answer(http::Body(text));
}

// {"access_token":"a", <more>}
Result<TokenAnswer> parse_with(const std::string& more) {
  return parse(R"({"access_token":"a",)" + more + "}");
}

void expect_unusable(const std::string& text) {
  const auto answer = parse(text);
  ASSERT_FALSE(answer.ok()) << text.substr(0, 80);
  EXPECT_EQ(answer.failure().kind, FailureKind::retryable);
  EXPECT_EQ(answer.failure().code, "token_answer_unusable");
}

TEST(TokenAnswer, ReadsTheAnswerOfAnApiConnectProvider) {
  const auto answer = parse(
      R"({"token_type":"Bearer","access_token":"AAI1","scope":"patient/*.read","expires_in":3600,)"
      R"("consented_on":1571847682,"refresh_token":"AAI2","refresh_token_expires_in":2682000,)"
      R"("patient":"p-1"})");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->access_token.reveal(), "AAI1");
  EXPECT_EQ(answer->refresh_token->reveal(), "AAI2");
  EXPECT_EQ(answer->expires_in, seconds(3600));
  EXPECT_EQ(answer->refresh_token_expires_in, seconds(2682000));
  EXPECT_EQ(answer->patient, "p-1");
  EXPECT_EQ(answer->scope, "patient/*.read");
  EXPECT_EQ(answer->consented_on, WallTime(seconds(1571847682)));
}

TEST(TokenAnswer, TakesLivesAsNumbersOrText) {
  struct Row {
    const char* value;
    std::optional<Duration> life;
  };
  const Row rows[] = {
      {"3600", seconds(3600)},
      {R"("3600")", seconds(3600)},
      {"3600.9", seconds(3600)},
      {R"("3600.0")", seconds(3600)},
      {"1e300", seconds(10LL * 366 * 24 * 60 * 60)},
      {"9223372036854775807", seconds(10LL * 366 * 24 * 60 * 60)},
      {"0", std::nullopt},
      {"-1", std::nullopt},
      {R"("soon")", std::nullopt},
      {R"("")", std::nullopt},
      {"null", std::nullopt},
      {"[1]", std::nullopt},
      {R"("99999999999999999999")", std::nullopt},
  };
  for (const Row& row : rows) {
    const auto answer = parse_with(std::string(R"("expires_in":)") + row.value);
    ASSERT_TRUE(answer.ok()) << row.value;
    EXPECT_EQ(answer->expires_in, row.life) << row.value;
  }
}

TEST(TokenAnswer, LeavesAbsentWhatIsMissing) {
  const auto answer = parse(R"({"access_token":"a"})");
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->refresh_token);
  EXPECT_FALSE(answer->expires_in);
  EXPECT_FALSE(answer->refresh_token_expires_in);
  EXPECT_FALSE(answer->patient);
  EXPECT_EQ(answer->scope, std::nullopt);
  EXPECT_FALSE(parse_with(R"("refresh_token":"")")->refresh_token);
  EXPECT_EQ(parse_with(R"("patient":7)")->patient, "7");
}

TEST(TokenAnswer, TellsAScopeThatNobodyCanReadFromNone) {
  const auto is_unusable = [](const std::string& more) {
    const auto answer = parse(R"({"access_token":"a")" + more + "}");
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->scope.has_value(), more.find("fine") != std::string::npos);
    return answer->scope_is_unusable;
  };
  EXPECT_FALSE(is_unusable(""));
  EXPECT_FALSE(is_unusable(R"(,"scope":null)"));
  EXPECT_FALSE(is_unusable(R"(,"scope":"fine")"));
  EXPECT_TRUE(is_unusable(R"(,"scope":"")"));
  EXPECT_TRUE(is_unusable(R"(,"scope":["patient/*.read"])"));
  EXPECT_TRUE(is_unusable(R"(,"scope":")" + std::string(9'000, 'x') + "\""));
}

TEST(TokenAnswer, KnowsBearerInAnyCase) {
  EXPECT_TRUE(parse_with(R"("token_type":"bEaReR")").ok());
  expect_unusable(R"({"access_token":"a","token_type":"mac"})");
}

TEST(TokenAnswer, RefusesWhatCannotBeUsed) {
  expect_unusable("");
  expect_unusable("<html>");
  expect_unusable("[]");
  expect_unusable("\"text\"");
  expect_unusable("{}");
  expect_unusable(R"({"access_token":""})");
  expect_unusable(R"({"access_token":7})");
  expect_unusable(R"({"access_token":"a"}})");
  expect_unusable(R"({"access_token":"a\r\nX-Evil: 1"})");
  expect_unusable(R"({"access_token":"a","refresh_token":"b c"})");
  expect_unusable(R"({"access_token":"a","refresh_token":7})");
  expect_unusable(R"({"access_token":"a","refresh_token":["b"]})");
  EXPECT_FALSE(parse_with(R"("refresh_token":null)")->refresh_token);
}

TEST(TokenAnswer, OfOneThatIsRefusedTheRefreshTokenIsKept) {
  const std::string too_long(token_bytes_max + 1, 'a');
  const std::string kept[] = {
      R"({"refresh_token":"r","expires_in":3600,"refresh_token_expires_in":60})",
      R"({"access_token":"","refresh_token":"r","refresh_token_expires_in":60})",
      R"({"access_token":7,"refresh_token":"r","refresh_token_expires_in":"60"})",
      R"({"access_token":"a b","refresh_token":"r","refresh_token_expires_in":60})",
      R"({"access_token":")" + too_long + R"(","refresh_token":"r","refresh_token_expires_in":60})",
      R"({"access_token":"a","token_type":"mac","refresh_token":"r",)"
      R"("refresh_token_expires_in":60})",
  };
  for (const std::string& text : kept) {
    expect_unusable(text);
    const auto rescued = rescue_refresh_token(http::Body(text));
    ASSERT_TRUE(rescued) << text.substr(0, 80);
    EXPECT_EQ(rescued->refresh_token->reveal(), "r");
    EXPECT_EQ(rescued->access_token.reveal(), "");
    EXPECT_EQ(rescued->expires_in, std::nullopt);
    EXPECT_EQ(rescued->refresh_token_expires_in, seconds(60));
  }
  for (const char* text : {"", "<html>", "[\"r\"]", "{}", R"({"refresh_token":""})",
                           R"({"refresh_token":7})", R"({"refresh_token":null})",
                           R"({"refresh_token":"two words"})", R"({"refresh_token":"r")"}) {
    EXPECT_FALSE(rescue_refresh_token(http::Body(std::string(text)))) << text;
  }
}

TEST(TokenAnswer, BoundsTokensAndTheBody) {
  const std::string longest(token_bytes_max, 'a');
  EXPECT_TRUE(parse(R"({"access_token":")" + longest + "\"}").ok());
  expect_unusable(R"({"access_token":")" + longest + "a\"}");
  const std::string small = R"({"access_token":"a"})";
  EXPECT_TRUE(parse(small + std::string(limits::token_body_bytes_max - small.size(), ' ')).ok());
  expect_unusable(small + std::string(limits::token_body_bytes_max - small.size() + 1, ' '));
}

// To the HTTP client that is permanent, as of a page; a refresh has a late retry, which may be
// read.
TEST(TokenAnswer, OneTooLargeToBeReadIsOfNoUseAndMayBeAskedForAgain) {
  for (const char* code : {"body_too_large", "header_too_large"}) {
    const Failure failure = failed_token_request({FailureKind::permanent, code, "as it was told"});
    EXPECT_EQ(failure.kind, FailureKind::retryable);
    EXPECT_EQ(failure.code, "token_answer_unusable");
    EXPECT_EQ(failure.detail, "as it was told");
  }
  const Failure other = failed_token_request({FailureKind::permanent, "redirect", ""});
  EXPECT_EQ(other.kind, FailureKind::permanent);
  EXPECT_EQ(other.code, "redirect");
}

TEST(TokenAnswer, NeverQuotesTheAnswer) {
  const auto answer = parse(R"({"access_token":"s3cret","token_type":"s3cret"})");
  EXPECT_THAT(answer.failure().detail, testing::Not(testing::HasSubstr("s3cret")));
}

}  // namespace
}  // namespace claimferry::oauth
