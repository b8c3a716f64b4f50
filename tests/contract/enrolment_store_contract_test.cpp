// Enrolments under way: each is found by the hash of its state, taken once, and gone after ten
// minutes.
#include <gmock/gmock.h>

#include "common/queue/adapter/enrolment_store.hpp"
#include "common/vault/vault.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::HasSubstr;
using testing::Not;
using Stood = TakenEnrolment::Stood;

const std::string hash_a(64, 'a');
const std::string hash_b(64, 'b');
const std::string foreign(64, 'f');

class EnrolmentStoreContract : public QueueContract {
 protected:
  Result<void> begin(const std::string& hash, int member = 1, const PayerName& payer = aetna) {
    return run(store().begin(
        hash, {member_named(member), payer, "https://app.test/", "sealed", "key"}, "portal"));
  }
  std::optional<TakenEnrolment> take(std::vector<std::string> hashes) {
    auto taken = run(store().take(std::move(hashes)));
    EXPECT_TRUE(taken.ok()) << taken.failure().detail;
    return taken.ok() ? std::move(*taken) : std::nullopt;
  }
  Result<void> end(const std::string& hash, const std::string& outcome) {
    return run(store().end(hash, member_named(1), aetna, outcome));
  }
  EnrolmentStore store() { return EnrolmentStore(*redis_); }
  // The audit's entries as words in a row.
  std::string audit() {
    std::string words;
    const auto entries = command({"XRANGE", "cf:{0}:audit", "-", "+"});
    for (const auto& entry : *entries.array()) {
      for (const auto& word : *(*entry.array())[1].array()) {
        words += *word.text() + " ";
      }
    }
    return words;
  }
};

TEST_P(EnrolmentStoreContract, IsTakenOnceAndItsVerifierForgotten) {
  ASSERT_TRUE(begin(hash_a).ok());
  auto taken = take({hash_a});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->stood, Stood::waiting);
  EXPECT_EQ(taken->state_hash, hash_a);
  EXPECT_EQ(taken->pending.member, member_named(1));
  EXPECT_EQ(taken->pending.payer, aetna);
  EXPECT_EQ(taken->pending.return_to, "https://app.test/");
  EXPECT_EQ(taken->pending.sealed_verifier, "sealed");
  EXPECT_EQ(taken->pending.data_key, "key");
  EXPECT_GT(taken->begun_at.time_since_epoch().count(), 0);
  EXPECT_EQ(number({"HEXISTS", "cf-enr:{0}:" + hash_a, "verifier"}), 0);
  taken = take({hash_a});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->stood, Stood::taken);
  EXPECT_EQ(taken->pending.sealed_verifier, "");
  EXPECT_THAT(audit(), HasSubstr("enrolment_replayed"));
}

TEST_P(EnrolmentStoreContract, ASecondCallbackIsToldWhatTheFirstCameTo) {
  for (const auto& [hash, outcome, stood] :
       {std::tuple{hash_a, "connected", Stood::connected}, {hash_b, "denied", Stood::failed}}) {
    ASSERT_TRUE(begin(hash).ok());
    take({hash});
    ASSERT_TRUE(end(hash, outcome).ok());
    const auto again = take({hash});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->stood, stood);
    EXPECT_EQ(again->reason, stood == Stood::failed ? outcome : "");
    EXPECT_EQ(again->pending.return_to, "https://app.test/");
  }
  EXPECT_THAT(audit(), HasSubstr("enrolment_failed member M1 payer aetna code denied"));
}

TEST_P(EnrolmentStoreContract, NobodyEndsWhatWasNotTaken) {
  ASSERT_TRUE(begin(hash_a).ok());
  ASSERT_TRUE(end(hash_a, "connected").ok());
  ASSERT_TRUE(end(foreign, "connected").ok());
  EXPECT_EQ(take({hash_a})->stood, Stood::waiting);
  EXPECT_EQ(number({"EXISTS", "cf-enr:{0}:" + foreign}), 0);
}

TEST_P(EnrolmentStoreContract, IsFoundUnderAnyFormOfItsState) {
  ASSERT_TRUE(begin(hash_b).ok());
  const auto taken = take({hash_a, hash_b});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->state_hash, hash_b);
}

TEST_P(EnrolmentStoreContract, AForeignStateIsNobodysAndFillsNoAudit) {
  EXPECT_FALSE(take({foreign}));
  EXPECT_FALSE(take({}));
  for (int times = 0; times < 50; ++times) {
    take({foreign});
  }
  EXPECT_EQ(number({"XLEN", "cf:{0}:audit"}), 1);
  EXPECT_EQ(text({"HGET", "cf:{0}:counters", "states_unknown"}), "52");
}

TEST_P(EnrolmentStoreContract, AMemberOfAnotherPayerIsRefused) {
  add(1, other);
  const auto begun = begin(hash_a);
  ASSERT_FALSE(begun.ok());
  EXPECT_EQ(begun.failure().code, "other_payer");
  EXPECT_EQ(begun.failure().kind, FailureKind::permanent);
  EXPECT_FALSE(take({hash_a}));
  EXPECT_TRUE(begin(hash_a, 1, other).ok());  // consenting anew is not
}

TEST_P(EnrolmentStoreContract, TheSameStateTwiceIsRefused) {
  ASSERT_TRUE(begin(hash_a, 1).ok());
  EXPECT_FALSE(begin(hash_a, 2).ok());
  EXPECT_EQ(take({hash_a})->pending.member, member_named(1));
}

TEST_P(EnrolmentStoreContract, LivesTenMinutes) {
  ASSERT_TRUE(begin(hash_a).ok());
  const auto left = number({"PTTL", "cf-enr:{0}:" + hash_a});
  EXPECT_GT(left, 590'000);
  EXPECT_LE(left, 600'000);
  take({hash_a});
  EXPECT_GT(number({"PTTL", "cf-enr:{0}:" + hash_a}), 0);  // also once it was taken
  if (!real()) {
    pass(10min + 1s);
    EXPECT_FALSE(take({hash_a}));
  }
}

TEST_P(EnrolmentStoreContract, OneThatIsTakenLateHasItsTime) {
  if (real()) {
    GTEST_SKIP() << "nine minutes";
  }
  ASSERT_TRUE(begin(hash_a).ok());
  pass(9min + 59s);
  ASSERT_TRUE(take({hash_a}));
  pass(1min + 59s);
  EXPECT_EQ(take({hash_a})->stood, Stood::taken);
  ASSERT_TRUE(end(hash_a, "denied").ok());
  EXPECT_EQ(take({hash_a})->reason, "denied");
  pass(2s);
  EXPECT_FALSE(take({hash_a}));
}

TEST_P(EnrolmentStoreContract, WhyItFailedStandsInTheAuditAlsoWhenItIsGone) {
  ASSERT_TRUE(begin(hash_a).ok());
  take({hash_a});
  command({"DEL", "cf-enr:{0}:" + hash_a});
  ASSERT_TRUE(end(hash_a, "payer_away").ok());
  EXPECT_THAT(audit(), HasSubstr("enrolment_failed member M1 payer aetna code payer_away"));
  EXPECT_EQ(number({"EXISTS", "cf-enr:{0}:" + hash_a}), 0);
}

TEST_P(EnrolmentStoreContract, WhoAskedStandsInTheAudit) {
  ASSERT_TRUE(begin(hash_a).ok());
  EXPECT_THAT(audit(), HasSubstr("enrolment_begun member M1 payer aetna by portal"));
  EXPECT_THAT(audit(), Not(HasSubstr(hash_a)));
}

INSTANTIATE_TEST_SUITE_P(Both, EnrolmentStoreContract, testing::Values("redis", "memory"));

}  // namespace
}  // namespace claimferry::queue
