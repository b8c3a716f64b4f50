// Whom policy lets leave by itself: consents that ended or expired, members whom nobody uses.
#include "common/queue/adapter/member_directory.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

class QueueRetention : public QueueContract {
 protected:
  RetainReply retain(Retention policy, int number = 1) {
    const auto reply = run(upkeep_->retain(term(), {member_named(number)}, policy));
    EXPECT_TRUE(reply.ok()) << reply.failure().detail;
    return *reply;
  }
  void set(const std::string& field, std::int64_t ms) {
    command({"HSET", "cf:{0}:member:M1", field, std::to_string(ms)});
  }
  std::int64_t redis_ms() {
    const auto time = command({"TIME"});
    return std::strtoll((*time.array())[0].text()->c_str(), nullptr, 10) * 1'000;
  }
  static constexpr std::int64_t day = 86'400'000;
  static constexpr Retention month{0ms, 24h * 30, 24h * 30};
  static constexpr Retention dormant{24h * 180, 24h * 30, 24h * 30};
};

TEST_P(QueueRetention, WhoIsAskedForIsInUse) {
  add(1);
  MemberDirectory directory(*redis_);
  set("consented_at", redis_ms() - 200 * day);
  EXPECT_EQ(retain(dormant).dormant_noticed, 1U);
  ASSERT_TRUE(run(directory.note_use(member_named(1))).ok());
  const std::string used = member_field(1, "last_used");
  EXPECT_GE(std::strtoll(used.c_str(), nullptr, 10), redis_ms() - 60'000);
  EXPECT_EQ(retain(dormant).dormant_noticed, 0U);
  EXPECT_EQ(member_field(1, "dormant_notice_at"), "");
  ASSERT_TRUE(run(directory.note_use(member_named(1))).ok());
  EXPECT_EQ(member_field(1, "last_used"), used);  // once an hour
  ASSERT_TRUE(run(directory.note_use(member_named(2))).ok());
  EXPECT_EQ(number({"EXISTS", "cf:{0}:member:M2"}), 0);
}

TEST_P(QueueRetention, AnEndedConsentIsErasedAfterItsTime) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(retain(month).erasures_begun, 0U);  // seen for the first time
  EXPECT_EQ(retain(month).erasures_begun, 0U);
  set("consented_at", redis_ms() - 60 * day);
  set("reconsent_since", redis_ms() - 31 * day);
  EXPECT_EQ(retain(month).erasures_begun, 1U);
  EXPECT_EQ(member_field(1, "state"), "erasing");
  EXPECT_EQ(retain(month).erasures_begun, 0U);
}

TEST_P(QueueRetention, AnEarlierEndOfConsentSaysNothingOfTheLatest) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  set("reconsent_since", redis_ms() - 31 * day);
  EXPECT_EQ(retain(month).erasures_begun, 0U);
  EXPECT_GE(std::strtoll(member_field(1, "reconsent_since").c_str(), nullptr, 10),
            redis_ms() - 60'000);
}

// Given before the end was noted: by a host whose clock is slow, or handed in a day later.
TEST_P(QueueRetention, AConsentOfAnEarlierDateEndsWhatWasNotedOfTheLastEnd) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  set("consented_at", redis_ms() - 60 * day);
  set("reconsent_since", redis_ms() - 31 * day);
  const WallTime given_at(Duration(redis_ms() - 40 * day));
  SealedMember again{member_named(1), aetna, "patient", "another"};
  again.consent = oauth::Consent{"patient/*.read", {}, given_at, given_at + 365 * 24h, "", "", ""};
  ASSERT_TRUE(run(queue_->add_member(again)).ok());
  EXPECT_EQ(member_field(1, "reconsent_since"), "");
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(retain(month).erasures_begun, 0U);
}

TEST_P(QueueRetention, WhoCameBackAfterASurgeHasTheWholeTimeAtTheNextEnd) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  set("consented_at", redis_ms() - 60 * day);
  set("reconsent_since", redis_ms() - 31 * day);
  command({"ZADD", "cf:{0}:refused:aetna", std::to_string(redis_ms()), "M1"});
  command({"HSET", "cf:{0}:grants:aetna", "back", "1"});
  EXPECT_EQ(plan().planned, 1U);
  ASSERT_EQ(member_field(1, "state"), "active");
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(retain(month).erasures_begun, 0U);
}

TEST_P(QueueRetention, WhatAnEarlierReleaseLeftWithAnActiveMemberIsTakenAway) {
  add(1);
  set("consented_at", redis_ms() - 60 * day);
  set("reconsent_since", redis_ms() - 31 * day);
  retain(month);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(retain(month).erasures_begun, 0U);
}

TEST_P(QueueRetention, WithZeroAnEndedConsentIsErasedAtOnce) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(retain({0ms, 24h, 0ms}).erasures_begun, 1U);
}

TEST_P(QueueRetention, AConsentExpiresAndItsRunningJobIsToldSo) {
  add(1);
  const Lease lease = claim(1)[0];
  set("consented_at", redis_ms() - 60 * day);
  set("consent_expires_at", redis_ms() + day);
  EXPECT_EQ(retain(month).consents_expired, 0U);
  set("consent_expires_at", redis_ms() - 1'000);
  EXPECT_EQ(retain(month).consents_expired, 1U);
  EXPECT_EQ(member_field(1, "state"), "reconsent");
  EXPECT_EQ(run(queue_->heartbeat({lease.ref}, 30s))->cancel.size(), 1U);
  ASSERT_TRUE(settle(lease, Verdict::cancelled).ok());
  EXPECT_TRUE(command({"ZSCORE", "cf:{0}:due:aetna", "M1"}).is_nil());
}

TEST_P(QueueRetention, AnExpiryOfAnEarlierConsentSaysNothingOfTheLatest) {
  add(1);
  set("consent_expires_at", redis_ms() - day);
  EXPECT_EQ(retain(month).consents_expired, 0U);
  EXPECT_EQ(member_field(1, "state"), "active");
}

TEST_P(QueueRetention, WhomNobodyUsesIsNoticedThenPausedThenErased) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  EXPECT_EQ(retain(dormant).dormant_noticed, 0U);
  set("consented_at", redis_ms() - 200 * day);
  EXPECT_EQ(retain(month).dormant_noticed, 0U);  // by default nobody is dormant
  EXPECT_EQ(retain(dormant).dormant_noticed, 1U);
  EXPECT_EQ(retain(dormant).dormant_noticed, 0U);
  EXPECT_EQ(retain(dormant).dormant_paused, 0U);
  EXPECT_EQ(member_field(1, "state"), "active");
  set("dormant_notice_at", redis_ms() - 31 * day);
  EXPECT_EQ(retain(dormant).dormant_paused, 1U);
  EXPECT_EQ(text({"HGET", "cf:{0}:paused", "member:M1"}), "0");
  EXPECT_EQ(retain(dormant).erasures_begun, 0U);
  set("dormant_paused_at", redis_ms() - 31 * day);
  EXPECT_EQ(retain(dormant).erasures_begun, 1U);
  EXPECT_EQ(member_field(1, "state"), "erasing");
}

TEST_P(QueueRetention, AUseOrAPersonsResumeEndsTheDormancy) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  set("consented_at", redis_ms() - 200 * day);
  retain(dormant);
  set("dormant_notice_at", redis_ms() - 31 * day);
  ASSERT_EQ(retain(dormant).dormant_paused, 1U);
  set("last_used", redis_ms());
  retain(dormant);
  EXPECT_EQ(member_field(1, "dormant_notice_at"), "");
  ASSERT_TRUE(run(upkeep_->tidy(term(), 100)).ok());
  EXPECT_EQ(text({"HGET", "cf:{0}:paused", "member:M1"}), "");

  set("last_used", redis_ms() - 190 * day);
  retain(dormant);
  set("dormant_notice_at", redis_ms() - 31 * day);
  ASSERT_EQ(retain(dormant).dormant_paused, 1U);
  command({"HDEL", "cf:{0}:paused", "member:M1"});
  retain(dormant);
  EXPECT_EQ(member_field(1, "dormant_paused_at"), "");
  EXPECT_EQ(retain(dormant).dormant_noticed, 0U);
}

INSTANTIATE_TEST_SUITE_P(Servers, QueueRetention, testing::Values("redis", "memory"));

}  // namespace
}  // namespace claimferry::queue
