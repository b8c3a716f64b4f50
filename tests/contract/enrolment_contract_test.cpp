// A consent on its way into the queue, sealed by a vault: what stands there opens, and a refresh
// token that was handed in before is recognised whatever became of the keys.
#include <gmock/gmock.h>

#include "common/queue/adapter/enrolment.hpp"
#include "tests/contract/recorded_queue.hpp"
#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using vault::Field;
using vault::Vault;

const std::string k1 = vault::key_line("k1", 'a');
const std::string k2 = vault::key_line("k2", 'b');

class EnrolmentContract : public RecordedQueue {
 protected:
  static NewMember consent(const std::string& refresh_token, const std::string& patient = "p1") {
    return {member_named(1), aetna, Secret(patient), Secret(refresh_token)};
  }
  Result<JobQueue::Enqueued> enrol(const Vault& vault, NewMember member) {
    Enrolment enrolment(member_register(), *tokens_, vault);
    return run(enrolment.add(std::move(member)));
  }
  oauth::SealedTokens tokens() { return **run(tokens_->load(member_named(1))); }
  // What stands in a field, in the clear; or why it does not open.
  std::string opened(const Vault& vault, Field field) {
    const auto sealed = tokens();
    const auto key = vault.unwrap({aetna, member_named(1)}, sealed.data_key);
    if (!key) {
      return key.failure().detail;
    }
    const auto plain = key->open(field, field == Field::patient         ? sealed.patient
                                        : field == Field::refresh_token ? sealed.refresh_token
                                                                        : sealed.access_token);
    return plain ? std::string(plain->reveal()) : plain.failure().detail;
  }
};

TEST_P(EnrolmentContract, WhatStandsThereOpensUnderItsDataKey) {
  const Vault vault = vault::vault_of(k1);
  const auto added = enrol(vault, consent("refresh"));
  ASSERT_TRUE(added.ok()) << added.failure().detail;
  EXPECT_TRUE(added->is_new);
  EXPECT_EQ(opened(vault, Field::patient), "p1");
  EXPECT_EQ(opened(vault, Field::refresh_token), "refresh");
  EXPECT_THAT(tokens().access_token, IsEmpty());
  EXPECT_FALSE(tokens().access_issued_at.has_value());
}

TEST_P(EnrolmentContract, AnAccessTokenComesAlongWithItsTimes) {
  const Vault vault = vault::vault_of(k1);
  NewMember member = consent("refresh");
  member.access = NewMember::Access{Secret("access"), WallTime(1'000s), WallTime(4'600s)};
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_EQ(opened(vault, Field::access_token), "access");
  EXPECT_EQ(tokens().access_issued_at, WallTime(1'000s));
  EXPECT_EQ(tokens().access_expires_at, WallTime(4'600s));
  // The next consent's has none, and this one must not outlive it.
  member = consent("another");
  member.access = NewMember::Access{Secret("access 2"), WallTime(2'000s), std::nullopt};
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_EQ(opened(vault, Field::access_token), "access 2");
  EXPECT_FALSE(tokens().access_expires_at.has_value());
  ASSERT_TRUE(enrol(vault, consent("a third")).ok());
  EXPECT_THAT(tokens().access_token, IsEmpty());
  EXPECT_FALSE(tokens().access_issued_at.has_value());
}

// As after a refresh: a quarter of the life that the payer named, and a week at most.
TEST_P(EnrolmentContract, TokensThatSoonDieOfIdlenessAreKeptAliveSooner) {
  const Vault vault = vault::vault_of(k1);
  const auto due_in = [this] {
    const auto reply = command({"TIME"});
    const auto now = std::chrono::seconds(std::stoll(*reply.array()->front().text()));
    return Duration(std::stoll(text({"ZSCORE", "cf:{0}:keepalive:aetna", "M1"}))) - now;
  };
  NewMember member = consent("refresh");
  member.refresh_token_life = 8h;
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_LE(due_in(), 2h + 1s);
  EXPECT_GT(due_in(), 2h - 1min);
  ASSERT_TRUE(enrol(vault, consent("another")).ok());
  EXPECT_GT(due_in(), 7 * 24h - 1min);
}

TEST_P(EnrolmentContract, EachConsentBringsItsOwnDataKey) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, consent("refresh")).ok());
  const auto first = tokens();
  ASSERT_TRUE(enrol(vault, consent("another")).ok());
  const auto key = vault.unwrap({aetna, member_named(1)}, tokens().data_key);
  EXPECT_FALSE(key->open(Field::refresh_token, first.refresh_token));
  EXPECT_EQ(opened(vault, Field::refresh_token), "another");
}

TEST_P(EnrolmentContract, ATokenHandedInBeforeHasItsPatientPutRightUnderTheKeyOfThatTime) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, consent("refresh", "mistyped")).ok());
  const auto before = tokens();
  const auto again = enrol(vault, consent("refresh", "right"));
  ASSERT_TRUE(again.ok()) << again.failure().detail;
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(tokens().data_key, before.data_key);
  EXPECT_EQ(tokens().refresh_token, before.refresh_token);
  EXPECT_EQ(opened(vault, Field::patient), "right");
}

TEST_P(EnrolmentContract, ATokenIsRecognisedAfterItsKeyWasTakenOutOfTheFile) {
  ASSERT_TRUE(enrol(vault::vault_of(k1), consent("refresh")).ok());
  const Vault both = vault::vault_of(k1 + "*" + k2);
  const auto anew = both.rewrap({aetna, member_named(1)}, tokens().data_key);
  put_data_key(1, **anew);
  const auto version = tokens().version;
  const Vault only_k2 = vault::vault_of(k2);
  ASSERT_TRUE(enrol(only_k2, consent("refresh", "p2")).ok());
  EXPECT_EQ(tokens().version, version);
  EXPECT_EQ(opened(only_k2, Field::patient), "p2");
}

// They may be all that is left of the consent, and their key may come back.
TEST_P(EnrolmentContract, TokensThatDoNotOpenAreNotReplacedByTheSameTokenAgain) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, consent("refresh")).ok());
  const auto refused = enrol(vault::vault_of(k2), consent("refresh", "p2"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
  EXPECT_EQ(refused.failure().code, "tokens_closed");
  EXPECT_THAT(refused.failure().detail, HasSubstr("put the key back"));
  EXPECT_EQ(opened(vault, Field::patient), "p1");
  // A new consent, however, needs nothing of the old one.
  EXPECT_TRUE(enrol(vault::vault_of(k2), consent("another", "p2")).ok());
  EXPECT_EQ(opened(vault::vault_of(k2), Field::patient), "p2");
}

TEST_P(EnrolmentContract, ADataKeyThatChangedInBetweenIsRefusedAndNothingWritten) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, consent("refresh")).ok());
  SealedMember again = seal_member(vault, consent("refresh", "p2"));
  again.known = SealedMember::Known{"as it was read before a rotation", "sealed"};
  const auto refused = run(member_register().add_member(again));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
  EXPECT_EQ(refused.failure().code, "other_data_key");
  EXPECT_EQ(opened(vault, Field::patient), "p1");
}

NewMember with_consent(NewMember member, WallTime given_at, WallTime expires_at) {
  member.consent =
      oauth::Consent{"patient/*.read", {"Patient"}, given_at, expires_at, "app", "us", "7"};
  return member;
}

TEST_P(EnrolmentContract, TokensThatWereRenewedSinceTheyWereLookedAtAreLeftAlone) {
  const Vault vault = vault::vault_of(k1);
  NewMember first = consent("refresh");
  first.seen_version = 0;
  ASSERT_TRUE(enrol(vault, first).ok());
  NewMember second = consent("another", "p2");
  second.seen_version = 0;  // somebody else came first
  const auto refused = enrol(vault, second);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "token_version");
  EXPECT_EQ(opened(vault, Field::patient), "p1");
  second.seen_version = tokens().version;
  EXPECT_TRUE(enrol(vault, second).ok());
  EXPECT_EQ(opened(vault, Field::patient), "p2");
}

TEST_P(EnrolmentContract, AConsentIsKeptWithItsTermsAndItsEnd) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, with_consent(consent("refresh"), WallTime(1h), WallTime(9h))).ok());
  EXPECT_EQ(member_field(1, "consented_at"), "3600000");
  EXPECT_EQ(member_field(1, "consent_expires_at"), "32400000");
  EXPECT_EQ(text({"ZSCORE", "cf:{0}:consents", "M1"}), "32400000");
  const std::string terms = "cf:{0}:terms:" + member_field(1, "consent_terms");
  EXPECT_EQ(text({"HGET", terms, "policy_version"}), "7");
}

// A payer that does not rotate.
TEST_P(EnrolmentContract, ANewConsentWithTheSameRefreshTokenIsOne) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, with_consent(consent("refresh"), WallTime(1h), WallTime(9h))).ok());
  const auto leases = claim(1);
  ASSERT_EQ(leases.size(), 1U);
  ASSERT_TRUE(settle(leases[0], Verdict::reconsent).ok());
  EXPECT_EQ(member_field(1, "state"), "reconsent");
  ASSERT_TRUE(enrol(vault, with_consent(consent("refresh"), WallTime(5h), WallTime(13h))).ok());
  EXPECT_EQ(member_field(1, "state"), "active");
  EXPECT_EQ(member_field(1, "consented_at"), "18000000");
  EXPECT_EQ(member_field(1, "consent_expires_at"), "46800000");
}

// Two refreshes were sent whose answers nobody saw: only a new consent helps, and this is one.
TEST_P(EnrolmentContract, ANewConsentWithTheSameRefreshTokenEndsWhatWasInDoubt) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, with_consent(consent("refresh"), WallTime(1h), WallTime(9h))).ok());
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 2)).ok());
  ASSERT_TRUE(settle(lease, Verdict::dead).ok());
  ASSERT_TRUE(tokens().intent.has_value());
  NewMember member = with_consent(consent("refresh"), WallTime(5h), WallTime(13h));
  member.access = NewMember::Access{Secret("fresh"), WallTime(5h), std::nullopt};
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_FALSE(tokens().intent.has_value());
  EXPECT_EQ(tokens().version, 2U);
  EXPECT_EQ(opened(vault, Field::access_token), "fresh");
  EXPECT_EQ(opened(vault, Field::refresh_token), "refresh");
}

TEST_P(EnrolmentContract, TheSameAnswerHandedInAgainIsNoNewConsent) {
  const Vault vault = vault::vault_of(k1);
  const NewMember member = with_consent(consent("refresh"), WallTime(1h), WallTime(9h));
  ASSERT_TRUE(enrol(vault, member).ok());
  const auto noted = number({"XLEN", "cf:{0}:audit"});
  const auto version = tokens().version;
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_EQ(number({"XLEN", "cf:{0}:audit"}), noted);
  EXPECT_EQ(tokens().version, version);
}

TEST_P(EnrolmentContract, ATokenHandedInByOtherMeansHasNoTermsOfAnEarlierConsent) {
  const Vault vault = vault::vault_of(k1);
  ASSERT_TRUE(enrol(vault, with_consent(consent("refresh"), WallTime(1h), WallTime(9h))).ok());
  ASSERT_TRUE(enrol(vault, consent("by hand")).ok());
  EXPECT_EQ(member_field(1, "consent_terms"), "");
  EXPECT_EQ(member_field(1, "consent_expires_at"), "");
  EXPECT_EQ(text({"ZSCORE", "cf:{0}:consents", "M1"}), "");
}

// Its end is reckoned from when it was handed in; the same token again is no new consent.
TEST_P(EnrolmentContract, ATokenHandedInByOtherMeansHasTheUsualEnd) {
  const Vault vault = vault::vault_of(k1);
  NewMember member = consent("by hand");
  member.consent_lasts = 24h * 365;
  ASSERT_TRUE(enrol(vault, member).ok());
  const std::string ends_at = member_field(1, "consent_expires_at");
  ASSERT_NE(ends_at, "");
  EXPECT_EQ(std::stoll(ends_at) - std::stoll(member_field(1, "consented_at")),
            365LL * 24 * 3'600 * 1'000);
  EXPECT_EQ(text({"ZSCORE", "cf:{0}:consents", "M1"}), ends_at);
  pass(5ms);
  ASSERT_TRUE(enrol(vault, member).ok());
  EXPECT_EQ(member_field(1, "consent_expires_at"), ends_at);
}

TEST_P(EnrolmentContract, AnEnrolmentThatBeganBeforeAnErasureUndoesNothing) {
  const Vault vault = vault::vault_of(k1);
  if (recorded()) {
    GTEST_SKIP() << "an erasure is recorded by what erases (members_contract_test.cpp)";
  }
  damages_queue_ = true;  // nobody erased it
  command({"HSET", "cf:{0}:member:M1", "payer", "aetna", "state", "erased", "erased_at", "5000"});
  NewMember member = consent("refresh");
  member.begun_at = WallTime(4s);
  EXPECT_EQ(enrol(vault, member).failure().code, "not_active");
  EXPECT_EQ(number({"EXISTS", "cf-tok:{0}:M1"}), 0);
  member.begun_at = WallTime(6s);
  EXPECT_TRUE(enrol(vault, member).ok());
}

INSTANTIATE_TEST_SUITE_P(On, EnrolmentContract, on_each(),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
