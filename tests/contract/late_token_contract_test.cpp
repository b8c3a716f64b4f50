// An answer that comes when its worker's lease is long gone: it may hold the only refresh token
// that the payer still honours, whatever a successor met with meanwhile.
#include "tests/contract/recorded_queue.hpp"

namespace claimferry::queue {
namespace {

class LateToken : public RecordedQueue {
 protected:
  // Sends a refresh and loses the lease; the successor sends the late retry.
  void SetUp() override {
    RecordedQueue::SetUp();
    if (IsSkipped()) {
      return;
    }
    add(1);
    late_ = claim(1, 1ms).at(0).ref;
    ASSERT_TRUE(run(tokens_->record_intent(*late_, 1, 1)).ok());
    pass(5ms);
    ASSERT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
    successor_ = claim(1).at(0);
    ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 2)).ok());
  }
  Result<void> answer_comes(const std::string& refresh_token = "rotated") {
    oauth::SealedTokens next;
    next.version = 2;
    next.refresh_token = refresh_token;
    next.access_token = "access";
    next.access_issued_at = WallTime(1s);
    return run(tokens_->store(*late_, 1, next));
  }
  oauth::SealedTokens tokens() { return **run(tokens_->load(member_named(1))); }
  void expect_stored() {
    EXPECT_TRUE(answer_comes().ok());
    EXPECT_EQ(tokens().version, 2U);
    EXPECT_EQ(tokens().refresh_token, "rotated");
    EXPECT_FALSE(tokens().intent.has_value());
  }

  std::optional<JobRef> late_;
  std::optional<Lease> successor_;
};

TEST_P(LateToken, IsStoredWhereTheLateRetryWasTakenBack) {
  ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 1)).ok());
  ASSERT_TRUE(tokens().intent.has_value());
  EXPECT_EQ(tokens().intent->sends, 1U);
  EXPECT_EQ(tokens().intent->fence, late_->fence) << "the first sender's again";
  ASSERT_TRUE(settle(*successor_, Verdict::snooze, 1h).ok());
  expect_stored();
}

TEST_P(LateToken, IsStoredOnceAndOverNoIntentOfAnother) {
  EXPECT_EQ(answer_comes().failure().kind, FailureKind::lease_lost);
  ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 1)).ok());
  ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 2)).ok());
  EXPECT_EQ(answer_comes().failure().kind, FailureKind::lease_lost);
  ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 1)).ok());
  expect_stored();
  EXPECT_FALSE(answer_comes("another").ok());
  EXPECT_EQ(tokens().refresh_token, "rotated");
}

TEST_P(LateToken, IsStoredWhereTheLateRetryWasRefusedAndItsMemberIsActiveAgain) {
  ASSERT_TRUE(run(tokens_->refused(successor_->ref, 1, 0)).ok());
  ASSERT_TRUE(settle(*successor_, Verdict::reconsent).ok());
  ASSERT_EQ(member_field(1, "state"), "reconsent");
  expect_stored();
  EXPECT_EQ(member_field(1, "state"), "active");
  EXPECT_FALSE(command({"ZSCORE", "cf:{0}:due:aetna", "M1"}).is_nil());
  EXPECT_FALSE(command({"ZSCORE", "cf:{0}:keepalive:aetna", "M1"}).is_nil());
  EXPECT_GE(plan().planned, 1U);
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(LateToken, KeepsAMemberActiveWhoseRefusalIsNotToldYet) {
  ASSERT_TRUE(run(tokens_->refused(successor_->ref, 1, 0)).ok());
  expect_stored();
  ASSERT_TRUE(settle(*successor_, Verdict::reconsent).ok());
  EXPECT_EQ(member_field(1, "state"), "active");
  EXPECT_EQ(claim(1).size(), 1U) << "it goes on with the new tokens";
}

TEST_P(LateToken, IsNotStoredOverANewConsent) {
  ASSERT_TRUE(run(tokens_->refused(successor_->ref, 1, 0)).ok());
  ASSERT_TRUE(settle(*successor_, Verdict::reconsent).ok());
  ASSERT_TRUE(run(member_register().add_member(
                      {member_named(1), aetna, "patient", "consented anew", "fp2"}))
                  .ok());
  EXPECT_FALSE(answer_comes().ok());
  EXPECT_EQ(tokens().refresh_token, "consented anew");
}

TEST_P(LateToken, AnIntentThatWasNeverRecordedIsTakenBackFromNobody) {
  ASSERT_TRUE(run(tokens_->record_intent(successor_->ref, 1, 1)).ok());
  EXPECT_EQ(run(tokens_->record_intent(successor_->ref, 1, 1)).ok(), !recorded())
      << "a database refuses who did not see it";
  EXPECT_EQ(tokens().intent->fence, late_->fence);
  ASSERT_TRUE(run(tokens_->record_intent(*late_, 1, 0)).ok()) << "it was not taken after all";
  EXPECT_FALSE(tokens().intent.has_value());
}

INSTANTIATE_TEST_SUITE_P(On, LateToken, on_each(),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
