#include "worker/payer_health.hpp"

#include <string>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

using namespace std::chrono_literals;
using fhir::Endpoint;

constexpr Endpoint every_endpoint[] = {Endpoint::token, Endpoint::patient, Endpoint::coverage,
                                       Endpoint::eob};

MemberId member(unsigned number) {
  return *MemberId::parse("M" + std::to_string(number));
}

class PayerHealthTest : public testing::Test {
 protected:
  void fail(unsigned number, FailureKind kind = FailureKind::retryable,
            Endpoint endpoint = Endpoint::eob) {
    health.failed(endpoint, kind, member(number), now);
  }
  bool admit(unsigned number, Endpoint endpoint = Endpoint::eob) {
    return health.admit(endpoint, member(number), now);
  }
  // As many failures in a row as open it, from as many members.
  void open() {
    for (unsigned number = 0; number < limits::breaker_failures; ++number) {
      fail(number % limits::breaker_members);
    }
    ASSERT_TRUE(health.is_open());
  }
  void open_for_token() {
    for (unsigned number = 0; number < limits::breaker_members; ++number) {
      fail(number, FailureKind::payer_refused, Endpoint::token);
    }
    ASSERT_TRUE(health.is_open());
  }
  Duration closed_for(Endpoint endpoint = Endpoint::eob) const {
    return health.closed_for(endpoint, now);
  }

  PayerHealth health;
  SteadyTime now{1h};
};

TEST_F(PayerHealthTest, LetsEverybodyThroughWhileThePayerAnswers) {
  for (const Endpoint endpoint : every_endpoint) {
    EXPECT_EQ(closed_for(endpoint), 0ms);
    EXPECT_TRUE(admit(1, endpoint));
    EXPECT_TRUE(admit(1, endpoint));
  }
}

TEST_F(PayerHealthTest, OpensAtFiveFailuresInARowFromThreeMembers) {
  fail(1);
  fail(2);
  fail(3);
  fail(3);
  EXPECT_FALSE(health.is_open());
  fail(3);
  EXPECT_TRUE(health.is_open());
}

TEST_F(PayerHealthTest, ALastSendWaitsWhileOthersFailThere) {
  const auto admits = [this](unsigned number, Endpoint endpoint = Endpoint::token) {
    return health.admits_last_send(endpoint, member(number), now);
  };
  EXPECT_TRUE(admits(1));
  fail(1, FailureKind::retryable, Endpoint::token);
  EXPECT_TRUE(admits(1));  // its own lost answer says little of the payer
  fail(2, FailureKind::retryable, Endpoint::token);
  EXPECT_FALSE(admits(1));
  EXPECT_TRUE(admits(1, Endpoint::eob));
  health.answered(Endpoint::eob, now);  // pages may come while no token does
  EXPECT_FALSE(admits(1));
  now += limits::last_send_after;
  EXPECT_FALSE(admits(1));
  now += 1ms;
  EXPECT_TRUE(admits(1));
  fail(3, FailureKind::retryable, Endpoint::token);
  health.answered(Endpoint::token, now);
  EXPECT_TRUE(admits(1));
}

TEST_F(PayerHealthTest, TwoMembersAloneOpenItAfterTenFailuresInARow) {
  for (unsigned time = 0; time < limits::breaker_failures_of_few - 1; ++time) {
    fail(time % 2);
  }
  EXPECT_FALSE(health.is_open());
  fail(0);
  EXPECT_TRUE(health.is_open());
}

TEST_F(PayerHealthTest, AnEndpointThatFailedIsInDoubtUntilItAnswers) {
  EXPECT_FALSE(health.in_doubt(Endpoint::token, now));
  fail(1, FailureKind::retryable, Endpoint::token);
  EXPECT_TRUE(health.in_doubt(Endpoint::token, now));
  EXPECT_FALSE(health.in_doubt(Endpoint::eob, now));
  health.answered(Endpoint::eob, now);
  EXPECT_TRUE(health.in_doubt(Endpoint::token, now));
  health.knocked(Endpoint::token);
  EXPECT_FALSE(health.in_doubt(Endpoint::token, now));
  EXPECT_FALSE(health.admits_last_send(Endpoint::token, member(2), now));
  fail(1, FailureKind::retryable, Endpoint::token);
  health.answered(Endpoint::token, now);
  EXPECT_FALSE(health.in_doubt(Endpoint::token, now));
}

TEST_F(PayerHealthTest, AKnockThatIsAnsweredClosesIt) {
  for (unsigned time = 0; time < 6; ++time) {
    fail(time, FailureKind::retryable, Endpoint::token);
  }
  ASSERT_TRUE(health.is_open());
  health.knocked(Endpoint::token);
  EXPECT_FALSE(health.is_open());
}

TEST_F(PayerHealthTest, FourFailuresDoNotOpenItHoweverManyMembersMetThem) {
  for (unsigned number = 0; number < 4; ++number) {
    fail(number);
  }
  EXPECT_FALSE(health.is_open());
}

TEST_F(PayerHealthTest, AnAnswerBetweenBeginsTheRowAnew) {
  for (unsigned round = 0; round < 5; ++round) {
    for (unsigned number = 0; number < 4; ++number) {
      fail(number);
    }
    health.answered(Endpoint::patient, now);
  }
  EXPECT_FALSE(health.is_open());
  // And forgets the members, too: two others do not make three of them.
  fail(1);
  health.answered(Endpoint::eob, now);
  for (unsigned time = 0; time < limits::breaker_failures_of_few - 1; ++time) {
    fail(2 + time % 2);
  }
  EXPECT_FALSE(health.is_open());
}

TEST_F(PayerHealthTest, AVerdictOnOneMemberIsAnAnswer) {
  for (const FailureKind kind : {FailureKind::permanent, FailureKind::reconsent_required}) {
    PayerHealth answering;
    for (unsigned number = 0; number < 4; ++number) {
      answering.failed(Endpoint::eob, FailureKind::retryable, member(number), now);
    }
    answering.failed(Endpoint::eob, kind, member(7), now);
    answering.failed(Endpoint::eob, FailureKind::retryable, member(8), now);
    EXPECT_FALSE(answering.is_open()) << to_string(kind);
  }
}

TEST_F(PayerHealthTest, TroubleOfTheWholePayerBarsEveryWay) {
  open();
  for (const Endpoint endpoint : every_endpoint) {
    EXPECT_EQ(closed_for(endpoint), Duration(limits::breaker_probe_delay_base));
    EXPECT_FALSE(admit(9, endpoint));
  }
}

TEST_F(PayerHealthTest, RefusalsAtTheTokenEndpointOfThreeMembersBarThatEndpointAlone) {
  fail(1, FailureKind::payer_refused, Endpoint::token);
  fail(2, FailureKind::payer_refused, Endpoint::token);
  fail(2, FailureKind::payer_refused, Endpoint::token);
  EXPECT_FALSE(health.is_open());
  fail(3, FailureKind::payer_refused, Endpoint::token);
  EXPECT_TRUE(health.is_open());
  EXPECT_GT(closed_for(Endpoint::token), 0ms);
  for (const Endpoint endpoint : {Endpoint::patient, Endpoint::coverage, Endpoint::eob}) {
    EXPECT_EQ(closed_for(endpoint), 0ms);
    EXPECT_TRUE(admit(9, endpoint));
  }
}

TEST_F(PayerHealthTest, ARefreshBetweenClearsTheRefusalsAndAPageDoesNot) {
  fail(1, FailureKind::payer_refused, Endpoint::token);
  fail(2, FailureKind::payer_refused, Endpoint::token);
  health.answered(Endpoint::token, now);
  fail(3, FailureKind::payer_refused, Endpoint::token);
  EXPECT_FALSE(health.is_open());
  fail(4, FailureKind::payer_refused, Endpoint::token);
  health.answered(Endpoint::eob, now);
  fail(5, FailureKind::payer_refused, Endpoint::token);
  EXPECT_TRUE(health.is_open());
}

TEST_F(PayerHealthTest, AWrongPathOfAResourceOpensAlthoughTokensAreRefreshedBetween) {
  for (unsigned number = 0; number < limits::breaker_members; ++number) {
    EXPECT_FALSE(health.is_open());
    health.answered(Endpoint::token, now);
    fail(number, FailureKind::payer_refused, Endpoint::patient);
  }
  EXPECT_TRUE(health.is_open());
  EXPECT_GT(closed_for(Endpoint::patient), 0ms);
  EXPECT_EQ(closed_for(Endpoint::token), 0ms);
}

TEST_F(PayerHealthTest, ThreeMembersRefusedAResourceWithinTenMinutesOpenIt) {
  fail(1, FailureKind::resource_refused);
  now += Duration(limits::breaker_refusals_within) / 2;
  fail(2, FailureKind::resource_refused);
  health.answered(Endpoint::eob, now);  // others may read: the product is subscribed for them
  now += Duration(limits::breaker_refusals_within) / 2;
  fail(3, FailureKind::resource_refused);
  EXPECT_TRUE(health.is_open());
  EXPECT_GT(closed_for(Endpoint::eob), 0ms);
  EXPECT_EQ(closed_for(Endpoint::coverage), 0ms);
}

TEST_F(PayerHealthTest, RefusalsFurtherApartDoNot) {
  fail(1, FailureKind::resource_refused);
  now += Duration(limits::breaker_refusals_within) / 2;
  fail(2, FailureKind::resource_refused);
  now += Duration(limits::breaker_refusals_within) / 2 + 1ms;
  fail(3, FailureKind::resource_refused);
  EXPECT_FALSE(health.is_open());
  fail(3, FailureKind::resource_refused);
  EXPECT_FALSE(health.is_open());
  fail(4, FailureKind::resource_refused);
  EXPECT_TRUE(health.is_open());
}

TEST_F(PayerHealthTest, RefusalsOfDifferentResourcesDoNotAddUp) {
  fail(1, FailureKind::resource_refused, Endpoint::coverage);
  fail(2, FailureKind::resource_refused, Endpoint::coverage);
  fail(3, FailureKind::resource_refused, Endpoint::eob);
  EXPECT_FALSE(health.is_open());
  fail(4, FailureKind::resource_refused, Endpoint::coverage);
  EXPECT_TRUE(health.is_open());
  EXPECT_GT(closed_for(Endpoint::coverage), 0ms);
  EXPECT_EQ(closed_for(Endpoint::eob), 0ms);
}

TEST_F(PayerHealthTest, ProbesGoOneAtATime) {
  open();
  now += closed_for();
  EXPECT_TRUE(admit(1));
  EXPECT_FALSE(admit(2));
  EXPECT_FALSE(admit(3, Endpoint::token));
  EXPECT_GE(closed_for(), 1s);  // and nobody comes back at once to ask
  now += 1h;                    // however long it takes
  EXPECT_FALSE(admit(2));
  EXPECT_GE(closed_for(), 1s);
}

TEST_F(PayerHealthTest, ALateFailureOfAnotherRequestIsNotTheProbes) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  fail(7);  // it had left before the breaker opened
  health.told_nothing(Endpoint::eob, member(8), now);
  now += Duration(limits::breaker_probe_delay_max);
  EXPECT_FALSE(admit(2));
  fail(1);
  EXPECT_EQ(closed_for(), Duration(limits::breaker_probe_delay_base) * 2);
}

TEST_F(PayerHealthTest, EachProbeIsAnotherMembersWhereThereIsOne) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  fail(1);
  now += closed_for();
  EXPECT_FALSE(admit(1));
  EXPECT_TRUE(admit(2));
  fail(2);
  now += closed_for();
  EXPECT_FALSE(admit(2));
  EXPECT_TRUE(admit(1));
}

TEST_F(PayerHealthTest, ALonelyMemberProbesAgainARoundLater) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  fail(1);
  now += closed_for();
  const Duration round = Duration(limits::breaker_probe_delay_base) * 2;
  now += round - 1ms;
  EXPECT_FALSE(admit(1));
  now += 1ms;
  EXPECT_TRUE(admit(1));
}

TEST_F(PayerHealthTest, DelaysBetweenProbesDoubleUpToACap) {
  open();
  for (const Duration expected : {5s, 10s, 20s, 40s, 60s, 60s, 60s}) {
    EXPECT_EQ(closed_for(), expected);
    now += closed_for() - 1ms;
    EXPECT_FALSE(admit(50));
    now += 1ms;
    const auto number = static_cast<unsigned>(now.time_since_epoch().count());
    ASSERT_TRUE(admit(number));
    fail(number);
  }
  for (unsigned probe = 0; probe < 100; ++probe) {  // and never beyond it
    now += closed_for();
    ASSERT_TRUE(admit(probe));
    health.told_nothing(Endpoint::eob, member(probe), now);
    EXPECT_EQ(closed_for(), Duration(limits::breaker_probe_delay_max));
  }
}

TEST_F(PayerHealthTest, AProbeThatIsAnsweredClosesIt) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  health.answered(Endpoint::eob, now);
  EXPECT_FALSE(health.is_open());
  EXPECT_EQ(closed_for(), 0ms);
  EXPECT_TRUE(admit(1));
  EXPECT_TRUE(admit(2));
  // And what follows begins from nothing.
  for (unsigned number = 0; number < 4; ++number) {
    fail(number);
  }
  EXPECT_FALSE(health.is_open());
  fail(4);
  EXPECT_TRUE(health.is_open());
  EXPECT_EQ(closed_for(), Duration(limits::breaker_probe_delay_base));
}

TEST_F(PayerHealthTest, SoDoesOneThatThePayerAnswersWithAVerdictOnItsMember) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  fail(1, FailureKind::permanent);
  EXPECT_FALSE(health.is_open());
}

TEST_F(PayerHealthTest, AnAnswerOfAnotherEndpointLeavesARefusalOpen) {
  open_for_token();
  health.answered(Endpoint::eob, now);
  EXPECT_TRUE(health.is_open());
  health.answered(Endpoint::token, now);
  EXPECT_FALSE(health.is_open());
}

TEST_F(PayerHealthTest, ACutProbeIsTriedAgainAndNothingIsLearnedFromIt) {
  open();
  now += closed_for();
  ASSERT_TRUE(admit(1));
  health.told_nothing(Endpoint::eob, member(1), now);
  EXPECT_TRUE(health.is_open());
  EXPECT_EQ(closed_for(), Duration(limits::breaker_probe_delay_base) * 2);
  now += closed_for();
  EXPECT_TRUE(admit(2));
}

TEST_F(PayerHealthTest, WhatTellsNothingOpensNothing) {
  for (unsigned number = 0; number < 20; ++number) {
    health.told_nothing(Endpoint::eob, member(number), now);
  }
  EXPECT_FALSE(health.is_open());
  for (unsigned number = 0; number < 4; ++number) {
    fail(number);
  }
  health.told_nothing(Endpoint::eob, member(5), now);
  fail(4);
  EXPECT_TRUE(health.is_open());  // nor does it end a row
}

TEST_F(PayerHealthTest, WhatIsNotThePayersDoingIsNoAnswerEither) {
  for (const FailureKind kind :
       {FailureKind::local, FailureKind::rate_limited, FailureKind::drained,
        FailureKind::lease_lost, FailureKind::cancelled}) {
    PayerHealth troubled;
    for (unsigned number = 0; number < 4; ++number) {
      troubled.failed(Endpoint::eob, FailureKind::retryable, member(number), now);
    }
    troubled.failed(Endpoint::eob, kind, member(7), now);
    EXPECT_FALSE(troubled.is_open()) << to_string(kind);
    troubled.failed(Endpoint::eob, FailureKind::retryable, member(8), now);
    EXPECT_TRUE(troubled.is_open()) << to_string(kind);
    troubled.failed(Endpoint::eob, kind, member(9), now);
    EXPECT_TRUE(troubled.is_open()) << to_string(kind);
  }
}

TEST_F(PayerHealthTest, FailuresWhileItIsOpenLeaveItsCauseAlone) {
  open_for_token();
  for (unsigned number = 0; number < 20; ++number) {
    fail(number);
  }
  EXPECT_EQ(closed_for(Endpoint::eob), 0ms);
  EXPECT_EQ(closed_for(Endpoint::token), Duration(limits::breaker_probe_delay_base));
}

TEST_F(PayerHealthTest, FollowsTheFleetsBreaker) {
  health.follow({1, quota::Barred::everything, now + 5s});
  EXPECT_TRUE(health.is_open());
  EXPECT_EQ(health.barred(), quota::Barred::everything);
  EXPECT_EQ(closed_for(), 5s);
  now += 5s;
  EXPECT_TRUE(admit(1));
  EXPECT_TRUE(health.is_probe(Endpoint::eob, member(1)));
  EXPECT_FALSE(admit(2));
  health.follow({2, quota::Barred::nothing, now});
  EXPECT_FALSE(health.is_open());
  EXPECT_TRUE(admit(2));
}

TEST_F(PayerHealthTest, BarsTheEndpointThatTheFleetFindsBarred) {
  health.follow({1, quota::Barred::token, now + 5s});
  EXPECT_EQ(health.barred(), quota::Barred::token);
  EXPECT_EQ(closed_for(Endpoint::token), 5s);
  EXPECT_EQ(closed_for(Endpoint::eob), 0ms);
}

TEST_F(PayerHealthTest, WhatWasHeardBeforeChangesNothing) {
  health.follow({7, quota::Barred::nothing, now});
  open();
  health.follow({7, quota::Barred::nothing, now});
  EXPECT_TRUE(health.is_open());
  EXPECT_EQ(health.barred(), quota::Barred::everything);
}

TEST_F(PayerHealthTest, AProbeThatTheFleetPutsOffIsNoneThatWasLost) {
  open();
  now += limits::breaker_probe_delay_base;
  ASSERT_TRUE(admit(1));
  health.put_off(now + 3s);
  EXPECT_FALSE(health.is_probe(Endpoint::eob, member(1)));
  EXPECT_EQ(closed_for(), 3s);
  now += 3s;
  EXPECT_TRUE(admit(2));
}

TEST_F(PayerHealthTest, AProbeOfAnotherTroubleHoldsUpNoNewOne) {
  open_for_token();
  now += limits::breaker_probe_delay_base;
  ASSERT_TRUE(admit(1, Endpoint::token));
  health.follow({1, quota::Barred::eob, now});
  EXPECT_TRUE(admit(2, Endpoint::eob));
  EXPECT_TRUE(health.is_probe(Endpoint::eob, member(2)));
}

}  // namespace
}  // namespace claimferry::worker
