// Data keys that are wrapped anew in the database of record, and members who move into it out of a
// Redis that was alone.
#include "common/members/adapter/member_adoption.hpp"
#include "common/queue/adapter/enrolment.hpp"
#include "common/queue/adapter/key_rotation.hpp"
#include "tests/contract/members_fixture.hpp"
#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::members {
namespace {

class Adoption : public Members {};

TEST_P(Adoption, DataKeysAreWrappedAnewWhereTheyStandAndTheAuditHoldsIt) {
  const vault::Vault old_key = vault::vault_of(vault::key_line("k1", 'a'));
  const vault::Vault both =
      vault::vault_of(vault::key_line("k1", 'a') + "*" + vault::key_line("k2", 'b'));
  for (const int number : {1, 2, 3}) {
    queue::Enrolment enrolment(member_register(), *tokens_, number == 3 ? both : old_key);
    ASSERT_TRUE(run(enrolment.add({member_named(number), aetna, Secret("p"), Secret("r")})).ok());
  }
  database_->ask("UPDATE member_token SET data_key = 'no blob' WHERE member = 'M2'");
  queue::DataKeyStore& keys = stores_->data_keys();
  ASSERT_TRUE(run(keys.check_rights()).ok());
  queue::KeyRotation rotation(keys, both, [](const queue::RotationReport&) {});
  ASSERT_TRUE(run(rotation.run()).ok());
  EXPECT_EQ(rotation.report().rewrapped, 1U);
  EXPECT_EQ(rotation.report().already, 1U);
  EXPECT_EQ(rotation.report().closed, 1U);
  EXPECT_EQ(vault::Vault::key_id(tokens(1).data_key), "k2");
  EXPECT_EQ(tokens(1).version, 1U);
  const auto audit = command({"XREVRANGE", "cf:{0}:audit", "+", "-", "COUNT", "1"});
  EXPECT_EQ(*(*(*(*audit.array())[0].array())[1].array())[1].text(), "data_key_rewrapped");
}

TEST_P(Adoption, ADataKeyThatChangedInBetweenIsNotOverwritten) {
  add(1);
  database_->ask("UPDATE member_token SET data_key = 'as it is now'");
  queue::WrappedKey read{{aetna, member_named(1)}, "as it was"};
  const auto changed = run(stores_->data_keys().replace({{read, "anew"}}));
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->size(), 1U);
  EXPECT_EQ(tokens(1).data_key, "as it is now");
}

// As a deployment does that outgrew Redis alone.
TEST_P(Adoption, WhomRedisAloneKnewAreAdoptedWithTheirTokens) {
  SealedMember consented{member_named(1), aetna, "patient", "refresh", "fp1"};
  consented.consent = oauth::Consent{"patient/*.read",
                                     {"Patient"},
                                     WallTime(1'800'000'000'000ms),
                                     WallTime(9'000'000'000'000ms),
                                     "app",
                                     "org",
                                     "7"};
  ASSERT_TRUE(run(queue_->add_member(consented)).ok());
  ASSERT_TRUE(run(queue_->add_member({member_named(2), aetna, "patient", "two", "fp2"})).ok());
  const Lease lease = claim(1).at(0);
  MemberStores redis_alone(executor_of(io_), *redis_, std::nullopt, 1, clock_, random_);
  ASSERT_TRUE(run(redis_alone.tokens().record_intent(lease.ref, 1, 1)).ok());
  MemberAdoption adoption(*redis_, stores_->pool());
  EXPECT_EQ(run(adoption.adopt(lease.ref.member)).failure().code, "redis_busy_member");
  ASSERT_TRUE(settle(lease, Verdict::snooze, 1h).ok());
  for (const int number : {1, 2}) {
    const auto adopted = run(adoption.adopt(member_named(number)));
    ASSERT_TRUE(adopted.ok()) << adopted.failure().code << adopted.failure().detail;
    EXPECT_TRUE(*adopted);
    EXPECT_FALSE(*run(adoption.adopt(member_named(number)))) << "once";
  }
  EXPECT_EQ(number({"EXISTS", "cf-tok:{0}:M1", "cf-tok:{0}:M2"}), 0);
  EXPECT_EQ(tokens(1).refresh_token, "refresh");
  const auto with_intent = std::stoi(lease.ref.member.str().substr(1));
  ASSERT_TRUE(tokens(with_intent).intent.has_value()) << "what is in doubt stays in doubt";
  EXPECT_EQ(tokens(with_intent).intent->fence, lease.ref.fence);
  EXPECT_EQ(keep(), 0U) << "Redis knows them";
  lose_redis();
  EXPECT_EQ(keep(2), 2U);
  EXPECT_EQ(member_field(1, "consent_expires_at"), "9000000000000");
  EXPECT_EQ(text({"HGET", "cf:{0}:terms:" + member_field(1, "consent_terms"), "policy_version"}),
            "7");
}

// In between, Redis went on alone: what it holds is the only token.
TEST_P(Adoption, AnAdoptionThatWasBrokenOffTakesTheLastTokenWhenItIsRunAgain) {
  ASSERT_TRUE(run(queue_->add_member({member_named(1), aetna, "patient", "first", "fp1"})).ok());
  ASSERT_TRUE(run(queue_->add_member({member_named(2), aetna, "patient", "two", "fp2"})).ok());
  MemberAdoption cut(*cut_, stores_->pool());
  cut_->cut_after(2);  // the script, which Redis does not know yet
  EXPECT_EQ(run(cut.adopt(member_named(1))).failure().code, "redis_unreachable");
  cut_->cut_after(1);
  EXPECT_EQ(run(cut.adopt(member_named(2))).failure().code, "redis_unreachable");
  EXPECT_EQ(tokens_of(1), "1");
  EXPECT_EQ(tokens(1).refresh_token, "first");
  MemberStores redis_alone(executor_of(io_), *redis_, std::nullopt, 1, clock_, random_);
  for (int jobs = 0; jobs < 2; ++jobs) {
    const Lease lease = claim(1).at(0);
    if (lease.ref.member == member_named(1)) {
      ASSERT_TRUE(run(redis_alone.tokens().record_intent(lease.ref, 1, 1)).ok());
      ASSERT_TRUE(run(redis_alone.tokens().store(lease.ref, 1, next(2, "rotated"))).ok());
    }
    ASSERT_TRUE(settle(lease, Verdict::done).ok());
  }
  operator_erases(2);
  MemberAdoption adoption(*redis_, stores_->pool());
  for (const int number : {1, 2}) {
    const auto adopted = run(adoption.adopt(member_named(number)));
    ASSERT_TRUE(adopted.ok()) << adopted.failure().code << adopted.failure().detail;
  }
  EXPECT_EQ(tokens(1).refresh_token, "rotated");
  EXPECT_EQ(tokens(1).version, 2U);
  EXPECT_EQ(recorded_state(2), "erasing") << "who left meanwhile is not revived";
  EXPECT_EQ(tokens_of(2), "0");
}

TEST_P(Adoption, TokensThatAreStillInRedisAreWaitedForAndNotTakenForLost) {
  ASSERT_TRUE(run(queue_->add_member({member_named(1), aetna, "patient", "first", "fp1"})).ok());
  const auto loaded = run(tokens_->load(member_named(1)));
  EXPECT_EQ(loaded.failure().kind, FailureKind::local);
  EXPECT_EQ(loaded.failure().code, "not_adopted");
}

INSTANTIATE_TEST_SUITE_P(On, Adoption, testing::Values("postgres"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::members
