#include "scheduler/enroll/outcome.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "common/telemetry/advice.hpp"

namespace claimferry::enroll {
namespace {

TEST(Outcome, NamesAreDistinctAndFoundAgain) {
  std::set<std::string_view> names;
  for (const Outcome* each : outcomes) {
    EXPECT_TRUE(names.insert(each->name).second) << each->name;
    EXPECT_EQ(&outcome_named(each->name), each);
    EXPECT_FALSE(each->title.empty());
    EXPECT_TRUE(each->advice.ends_with('.')) << each->name;
  }
  EXPECT_EQ(&outcome_named("of a newer release"), &outcome::our_fault);
}

// Metrics and logs know every end that a taken enrolment can have.
TEST(Outcome, IsKnownToTelemetry) {
  const std::set<std::string_view> not_an_end{"unknown_state", "under_way", "bad_request",
                                              "too_many"};
  std::set<std::string_view> ends;
  for (const Outcome* each : outcomes) {
    if (!not_an_end.contains(each->name)) {
      ends.insert(each->name);
    }
  }
  std::set<std::string_view> told;
  for (const telemetry::Advice& advice : telemetry::enrolment_outcomes) {
    told.insert(advice.name);
  }
  EXPECT_EQ(ends, told);
}

TEST(Outcome, FollowsFromTheFailure) {
  struct Row {
    FailureKind kind;
    const char* code;
    const Outcome* outcome;
  };
  const Row rows[] = {
      {FailureKind::retryable, "timeout", &outcome::payer_down},
      {FailureKind::retryable, "token_answer_unusable", &outcome::answer_unusable},
      {FailureKind::rate_limited, "http_429", &outcome::payer_busy},
      {FailureKind::reconsent_required, "invalid_grant", &outcome::code_refused},
      {FailureKind::payer_refused, "unauthorized", &outcome::not_subscribed},
      {FailureKind::local, "redis_unreachable", &outcome::our_fault},
      {FailureKind::permanent, "other_patient", &outcome::other_patient},
      {FailureKind::permanent, "other_payer", &outcome::member_elsewhere},
      {FailureKind::permanent, "not_active", &outcome::leaving},
      {FailureKind::permanent, "anything", &outcome::our_fault},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(outcome_of({row.kind, row.code, ""}).name, row.outcome->name) << row.code;
  }
}

TEST(Outcome, FollowsFromThePayersWord) {
  EXPECT_EQ(&outcome_of_error("access_denied"), &outcome::denied);
  EXPECT_EQ(&outcome_of_error("temporarily_unavailable"), &outcome::payer_down);
  EXPECT_EQ(&outcome_of_error("server_error"), &outcome::payer_down);
  EXPECT_EQ(&outcome_of_error("unauthorized_client"), &outcome::not_subscribed);
  EXPECT_EQ(&outcome_of_error("invalid_scope"), &outcome::refused_by_payer);
  EXPECT_EQ(&outcome_of_error("<script>"), &outcome::refused_by_payer);
}

}  // namespace
}  // namespace claimferry::enroll
