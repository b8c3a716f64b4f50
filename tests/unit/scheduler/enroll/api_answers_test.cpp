#include "scheduler/enroll/api_answers.hpp"

#include <gtest/gtest.h>

namespace claimferry::enroll {
namespace {

TEST(ApiAnswers, SayWhoseFaultItIs) {
  const std::tuple<Failure, unsigned, std::string_view> table[] = {
      {{FailureKind::permanent, "other_payer", "d"},
       409,
       R"({"error":"other_payer","message":"d"})"},
      {{FailureKind::permanent, "not_active", "d"}, 409, R"({"error":"not_active","message":"d"})"},
      {{FailureKind::permanent, "no_member", "d"}, 404, R"({"error":"no_member","message":"d"})"},
      {{FailureKind::local, "redis_unreachable", "10.0.0.7:6379"},
       503,
       R"({"error":"redis_unreachable","message":"the store is away; ask again in a while"})"},
      {{FailureKind::retryable, "discovery_foreign", "d"},
       502,
       R"({"error":"discovery_foreign","message":"d"})"}};
  for (const auto& [failure, status, body] : table) {
    const http::Page page = problem_of(failure);
    EXPECT_EQ(page.status, status) << failure.code;
    EXPECT_EQ(page.body, std::string(body) + "\n");
    EXPECT_EQ(page.content_type, "application/json");
  }
}

TEST(ApiAnswers, SayWhenToComeBackWhereThePayerAskedForQuiet) {
  Failure failure{FailureKind::rate_limited, "http_429", "d"};
  failure.retry_after = Duration(2'001);
  const http::Page page = problem_of(failure);
  EXPECT_EQ(page.status, 503U);
  EXPECT_EQ(page.headers.back(), std::pair(std::string("Retry-After"), std::string("3")));
}

}  // namespace
}  // namespace claimferry::enroll
