// Whom a permit goes to and when, and how a wait for one ends otherwise.
#include "common/quota/adapter/payer_quota.hpp"

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/quota/adapter/payer_quota_fixture.hpp"

namespace claimferry::quota {
namespace {

using Requests = std::vector<std::shared_ptr<Waiting>>;

TEST_F(PayerQuotaTest, GivesATurnAtOnceWhereTheFleetGrants) {
  const auto first = begin();
  ASSERT_TRUE(first->has_turn());
  ASSERT_EQ(fleet.asks.size(), 1U);
  EXPECT_EQ(fleet.asks[0].payer.str(), "aetna");
  EXPECT_EQ(fleet.asks[0].shard, "w1");
  EXPECT_EQ(fleet.asks[0].wanted[Use::routine], 1U);
  EXPECT_EQ(events.permits, 1U);
  EXPECT_EQ(events.used, 1U);
}

TEST_F(PayerQuotaTest, GrantedPermitsGoToTheLanesInTheirOrder) {
  Answer all = granting(1);
  for (const Use use : uses) {
    all.grant.granted[use] = 1;
  }
  hold_answers();
  fleet.answers.emplace_back(nothing(0ms));
  fleet.answers.emplace_back(all);
  Requests requests;
  for (const Use use : {Use::backfill, Use::routine, Use::urgent, Use::token}) {
    requests.push_back(begin(use));
  }
  let_answer_go();
  ASSERT_EQ(held_answers.size(), 1U);
  let_answer_go();
  for (unsigned turns = 1; turns <= 4; ++turns) {
    for (unsigned place = 0; place < 4; ++place) {
      EXPECT_EQ(requests[3 - place]->has_turn(), place < turns) << turns << " " << place;
    }
    pass(10ms);
  }
}

TEST_F(PayerQuotaTest, ALanesPermitGoesToTheLane) {
  fleet.answers.emplace_back(nothing());
  const auto urgent = begin(Use::urgent);
  const auto backfill = begin(Use::backfill);
  fleet.answers.emplace_back(granting(1, Use::backfill));
  fleet.otherwise = nothing();
  pass(70ms);
  EXPECT_TRUE(backfill->has_turn());
  EXPECT_FALSE(urgent->has_turn());
}

TEST_F(PayerQuotaTest, WhereNobodyOfItWaitsToTheFirstOfAll) {
  fleet.answers.emplace_back(nothing());
  const auto routine = begin(Use::routine);
  const auto urgent = begin(Use::urgent);
  fleet.answers.emplace_back(granting(1, Use::backfill));
  fleet.otherwise = nothing();
  pass(70ms);
  EXPECT_TRUE(urgent->has_turn());
  EXPECT_FALSE(routine->has_turn());
}

TEST_F(PayerQuotaTest, WithinALaneWhoCameFirstGoesFirst) {
  fleet.answers.emplace_back(nothing());
  Requests requests;
  for (unsigned number = 0; number < 3; ++number) {
    requests.push_back(begin());
  }
  fleet.answers.emplace_back(granting(1));
  fleet.otherwise = nothing();
  pass(70ms);
  EXPECT_TRUE(requests[0]->has_turn());
  EXPECT_FALSE(requests[1]->has_turn());
}

TEST_F(PayerQuotaTest, APermitIsNotHandedOutBeforeItsSlot) {
  Answer later = granting(1);
  later.grant.first_in = 50ms;
  fleet.answers.emplace_back(later);
  fleet.otherwise = nothing();
  const auto request = begin();
  pass(49ms);
  EXPECT_FALSE(request->has_turn());
  pass(1ms);
  EXPECT_TRUE(request->has_turn());
}

TEST_F(PayerQuotaTest, NorWhenItsTimeIsOver) {
  Requests first;
  for (unsigned number = 0; number < 4; ++number) {
    first.push_back(begin());
  }
  fleet.answers.emplace_back(granting(1));
  fleet.otherwise = nothing(10s);
  const auto late = begin();
  EXPECT_TRUE(fleet.answers.empty());  // in stock, and no room in flight
  pass(Duration(limits::permit_life) + 2ms);
  first[0]->serve();
  poll();
  EXPECT_FALSE(late->has_turn());
  pass(11s);
  fleet.otherwise.reset();
  pass(10s);
  EXPECT_TRUE(late->has_turn());
}

TEST_F(PayerQuotaTest, NorWhenAQuietBeganSinceItWasGranted) {
  Answer later = granting(1);
  later.grant.first_in = 50ms;
  fleet.answers.emplace_back(later);
  fleet.otherwise = nothing();
  const auto request = begin();
  gate.block(time.steady() + 20ms, 1);
  pass(1s);
  EXPECT_FALSE(request->has_turn());
  fleet.epoch = 1;
  fleet.otherwise.reset();
  pass(100ms);
  ASSERT_TRUE(request->has_turn());
  EXPECT_EQ(request->turn().epoch(), 1U);
}

TEST_F(PayerQuotaTest, NoMoreAreUnderWayThanTheCapHolds) {
  Requests requests;
  for (unsigned number = 0; number < 6; ++number) {
    requests.push_back(begin());
  }
  EXPECT_EQ(in_flight.free(), 0U);
  EXPECT_TRUE(requests[3]->has_turn());
  EXPECT_FALSE(requests[4]->has_turn());
  requests[0]->serve();
  poll();
  EXPECT_TRUE(requests[4]->has_turn());
  EXPECT_FALSE(requests[5]->has_turn());
}

TEST_F(PayerQuotaTest, WhatTheCapHoldsBackIsNotAskedFor) {
  Requests slow;
  for (unsigned number = 0; number < 6; ++number) {
    slow.push_back(begin());
  }
  pass(1s);
  const auto asks = fleet.asks.size();
  pass(10s);
  EXPECT_EQ(fleet.asks.size(), asks);
}

TEST_F(PayerQuotaTest, OnePayerDoesNotKeepAnothersTurnsByUsingTheCapUp) {
  InFlightCap one(1);
  PayerGate other_gate;
  PayerQuota busy = quota_of("aetna", gate, one);
  PayerQuota other = quota_of("other", other_gate, one);
  Requests requests;
  for (unsigned number = 0; number < 10; ++number) {
    requests.push_back(begin(busy, Use::urgent));
  }
  const auto waits = begin(other, Use::routine);
  for (unsigned number = 0; number < 3 && !waits->has_turn(); ++number) {
    requests[number]->serve();
    poll();
  }
  EXPECT_TRUE(waits->has_turn());
  owned_io.reset();
}

TEST_F(PayerQuotaTest, ManyWaitersAreOneAsk) {
  hold_answers();
  Requests requests;
  for (unsigned number = 0; number < 4; ++number) {
    requests.push_back(begin(number == 3 ? Use::urgent : Use::routine));
  }
  EXPECT_EQ(fleet.asks.size(), 1U);
  let_answer_go();
  ASSERT_EQ(fleet.asks.size(), 2U);
  EXPECT_EQ(fleet.asks[1].wanted[Use::urgent], 1U);
  EXPECT_EQ(fleet.asks[1].wanted[Use::routine], 2U);
  EXPECT_EQ(fleet.asks[1].in_flight, 1U);
  let_answer_go();
  for (const auto& each : requests) {
    EXPECT_TRUE(each->has_turn());
  }
}

TEST_F(PayerQuotaTest, ItIsNotAskedAgainBeforeThereIsAnythingToBeHad) {
  fleet.otherwise = nothing(500ms);
  const auto request = begin();
  pass(499ms);
  EXPECT_EQ(fleet.asks.size(), 1U);
  pass(2ms);
  EXPECT_EQ(fleet.asks.size(), 2U);
}

TEST_F(PayerQuotaTest, WhatNobodyWantsGoesBackWithTheNextAsk) {
  Answer more = granting(4);
  more.grant.interval = 20ms;
  fleet.answers.emplace_back(more);
  const auto request = begin();
  ASSERT_TRUE(request->has_turn());
  pass(50ms);
  ASSERT_GE(fleet.asks.size(), 2U);
  EXPECT_EQ(fleet.asks[1].given_back, 2U);  // after 30 ms: one more had begun, and is nobody's
  EXPECT_EQ(fleet.asks[1].in_flight, 1U);
  pass(1s);
  EXPECT_EQ(fleet.asks.size(), 2U);
}

TEST_F(PayerQuotaTest, ATurnThatWasNotUsedServesTheNextOne) {
  fleet.answers.emplace_back(granting(1));
  fleet.otherwise = nothing();
  const auto request = begin();
  const auto next = begin();
  ASSERT_TRUE(request->has_turn());
  EXPECT_FALSE(next->has_turn());
  request->turn().finish();
  poll();
  EXPECT_TRUE(next->has_turn());
  EXPECT_EQ(in_flight.free(), 3U);
}

TEST_F(PayerQuotaTest, ATurnThatJustGoesGivesItsPlaceBack) {
  const auto request = begin();
  EXPECT_EQ(in_flight.free(), 3U);
  request->result.reset();
  EXPECT_EQ(in_flight.free(), 4U);
}

TEST_F(PayerQuotaTest, TellsWhatWasStartedAndServedWhenAllIsDone) {
  const auto request = begin();
  const auto refused = begin();
  request->serve();
  refused->turn().use();
  refused->turn().finish();
  pass(200ms);
  const Ask& last = fleet.asks.back();
  EXPECT_EQ(last.started, 2U);
  EXPECT_EQ(last.served, 1U);
  EXPECT_EQ(last.wanted[Use::routine], 0U);
  const auto asks = fleet.asks.size();
  pass(10s);
  EXPECT_EQ(fleet.asks.size(), asks);
  EXPECT_FALSE(time.anyone_asleep());
}

TEST_F(PayerQuotaTest, WhatCouldNotBeToldIsToldWithTheNextAsk) {
  const auto request = begin();
  request->serve();
  fleet.answers.emplace_back(Failure{FailureKind::local, "redis_unreachable", "away"});
  const auto next = begin();
  ASSERT_EQ(fleet.asks.size(), 2U);
  EXPECT_EQ(fleet.asks[1].started, 1U);
  EXPECT_FALSE(next->has_turn());
  pass(1s);
  EXPECT_EQ(fleet.asks[2].started, 1U);
  EXPECT_EQ(fleet.asks[2].served, 1U);
  EXPECT_TRUE(next->has_turn());
}

TEST_F(PayerQuotaTest, TellsTheLastEpochThatItHeardOf) {
  gate.block(time.steady(), 6);
  fleet.epoch = 6;
  const auto request = begin();
  EXPECT_EQ(fleet.asks.back().epoch, 6U);
  request->serve();
  pass(200ms);
  EXPECT_EQ(fleet.asks.back().served_epoch, 6U);
}

TEST_F(PayerQuotaTest, TellsHowFarThePayersHeadersSlowItDownOnce) {
  fleet.answers.emplace_back(granting(1));
  const auto request = begin();
  quota.hint({18'000, 0});
  quota.hint({18'000, 18'000});
  const auto second = begin();
  const auto third = begin();
  ASSERT_EQ(fleet.asks.size(), 3U);
  EXPECT_EQ(fleet.asks[0].pace, 1'000U);
  EXPECT_EQ(fleet.asks[1].pace, 500U);
  EXPECT_EQ(fleet.asks[2].pace, 1'000U);
}

TEST_F(PayerQuotaTest, TellsOfARateOnlyWhenItChanged) {
  fleet.otherwise = granting(1);
  Requests requests;
  for (unsigned number = 0; number < 3; ++number) {
    requests.push_back(begin());
    requests.back()->serve();
  }
  pass(50ms);
  fleet.otherwise->rate = 99;
  begin()->serve();
  EXPECT_EQ(events.rates, (std::vector<double>{100, 99}));
}

const Failure away{FailureKind::local, "redis_unreachable", "away"};

std::optional<Duration> run_refused(boost::asio::io_context& io, PayerQuota& quota,
                                    std::uint64_t epoch, std::optional<Duration> asked) {
  auto held = std::make_shared<std::optional<Duration>>();
  const auto tell = [](PayerQuota* of, std::uint64_t at, std::optional<Duration> how_long,
                       std::shared_ptr<std::optional<Duration>> into) -> awaitable<void> {
    into->emplace(co_await of->refused(at, how_long));
  };
  contract::start(io, tell(&quota, epoch, asked, held));
  io.restart();
  io.poll();
  return *held;
}

TEST_F(PayerQuotaTest, AShortQuietIsWaitedThrough) {
  gate.block(time.steady() + 3s, 1);
  fleet.epoch = 1;
  const auto request = begin();
  pass(3s - 1ms);
  EXPECT_FALSE(request->result);
  EXPECT_TRUE(fleet.asks.empty());
  pass(2ms);
  EXPECT_TRUE(request->has_turn());
}

TEST_F(PayerQuotaTest, ALongOneFailsAllWhoWaitAndAllWhoCome) {
  fleet.otherwise = nothing();
  Requests requests;
  for (const Use use : uses) {
    requests.push_back(begin(use));
  }
  gate.block(time.steady() + 30s, 1);
  pass(1s);
  requests.push_back(begin());
  for (const auto& each : requests) {
    ASSERT_EQ(each->code(), "payer_blocked");
    EXPECT_EQ(each->result->failure().kind, FailureKind::rate_limited);
    EXPECT_GE(each->result->failure().retry_after, 29s);
  }
}

TEST_F(PayerQuotaTest, SoDoesOneThatTheFleetTellsOf) {
  Answer quiet = nothing(20s);
  quiet.quiet = 20s;
  quiet.grant.epoch = 4;
  fleet.otherwise = quiet;
  const auto request = begin();
  EXPECT_EQ(request->code(), "payer_blocked");
  EXPECT_EQ(gate.epoch(), 4U);
  EXPECT_EQ(gate.remaining(time.steady()), 20s);
}

TEST_F(PayerQuotaTest, WhoWaitsTooLongWhileOthersAreServedIsTurnedAway) {
  fleet.otherwise = nothing(1s);
  const auto request = begin();
  pass(Duration(limits::quota_wait_max) - 1s);
  const auto later = begin();
  EXPECT_FALSE(request->result);
  pass(2s);
  ASSERT_EQ(request->code(), "quota_wait");
  EXPECT_EQ(request->result->failure().kind, FailureKind::rate_limited);
  EXPECT_FALSE(later->result);
}

TEST_F(PayerQuotaTest, AShortAbsenceOfRedisIsWaitedOut) {
  fleet.away = away;
  const auto request = begin();
  pass(Duration(limits::quota_patience) - 1s);
  EXPECT_FALSE(request->result);
  fleet.away.reset();
  pass(1s);
  EXPECT_TRUE(request->has_turn());
}

TEST_F(PayerQuotaTest, ALongOneFailsAllWhoWaitAsOurOwnTroubleAndNobodyGetsAPermit) {
  fleet.away = away;
  Requests requests;
  for (unsigned number = 0; number < 8; ++number) {
    requests.push_back(begin());
  }
  pass(Duration(limits::quota_patience) + 2s);
  for (const auto& each : requests) {
    ASSERT_EQ(each->code(), "redis_unreachable");
    EXPECT_EQ(each->result->failure().kind, FailureKind::local);
  }
  EXPECT_EQ(events.used, 0U);
  EXPECT_EQ(in_flight.free(), 4U);
  fleet.away.reset();
  pass(2s);
  EXPECT_TRUE(begin()->has_turn());
}

TEST_F(PayerQuotaTest, RedisIsAskedEverMoreSeldomWhileItIsAway) {
  fleet.away = away;
  const auto request = begin();
  pass(Duration(limits::quota_patience));
  EXPECT_LT(fleet.asks.size(), 60U);
  EXPECT_GT(fleet.asks.size(), 8U);
}

TEST_F(PayerQuotaTest, AStoppedWaiterLeavesNothingBehind) {
  fleet.otherwise = nothing();
  const auto stopped = begin(Use::urgent);
  const auto other = begin(Use::urgent);
  stopped->stop.request({FailureKind::drained, "drained", ""});
  poll();
  EXPECT_EQ(stopped->code(), "drained");
  pass(70ms);
  EXPECT_EQ(fleet.asks.back().wanted[Use::urgent], 1U);
  fleet.otherwise.reset();
  pass(70ms);
  EXPECT_TRUE(other->has_turn());
  EXPECT_EQ(in_flight.free(), 3U);
}

TEST_F(PayerQuotaTest, WhenTheLastWaiterIsStoppedNobodyAsksAnyMore) {
  fleet.otherwise = nothing();
  const auto stopped = begin();
  stopped->stop.request({FailureKind::drained, "drained", ""});
  pass(1s);
  const auto asks = fleet.asks.size();
  pass(10s);
  EXPECT_EQ(fleet.asks.size(), asks);
  EXPECT_FALSE(time.anyone_asleep());
}

TEST_F(PayerQuotaTest, AStopThatMeetsATurnLosesNoPermit) {
  hold_answers();
  fleet.answers.emplace_back(granting(1));
  fleet.otherwise = nothing();
  const auto request = begin();
  held_answers.front()->cancel();
  while (in_flight.free() == 4) {
    ASSERT_EQ(io.run_one(), 1U);
  }
  request->stop.request({FailureKind::drained, "drained", ""});
  poll();
  ASSERT_TRUE(request->has_turn());  // what arrived in spite of the stop is kept
  request->result.reset();
  EXPECT_EQ(in_flight.free(), 4U);
}

TEST_F(PayerQuotaTest, A429HoldsTheProcessAtOnceAndTellsTheFleet) {
  const auto request = begin();
  const auto held = run_refused(io, quota, request->turn().epoch(), 30s);
  EXPECT_EQ(held, 30s);
  EXPECT_EQ(gate.remaining(time.steady()), 30s);
  EXPECT_EQ(gate.epoch(), 1U);
  ASSERT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(fleet.refusals[0].asked, 30s);
  EXPECT_EQ(events.quiets, 1U);
  EXPECT_EQ(quota.last_look(0)->code, "payer_blocked");
}

TEST_F(PayerQuotaTest, OneThatNamesNoTimeOrNoneAtAllIsHeldAsLongAsTheFleetSays) {
  fleet.quiet_of_its_own = 4s;
  EXPECT_EQ(run_refused(io, quota, 0, std::nullopt), 4s);
  EXPECT_EQ(run_refused(io, quota, 1, 0ms), 4s);
  EXPECT_FALSE(fleet.refusals[1].asked);
}

TEST_F(PayerQuotaTest, TheFleetIsToldAgainWhereTheAnswerWasLost) {
  fleet.lost_quiets = 2;
  EXPECT_FALSE(run_refused(io, quota, 0, std::nullopt));
  EXPECT_GT(gate.remaining(time.steady()), 0ms);  // meanwhile
  pass(300ms);
  EXPECT_EQ(fleet.refusals.size(), 3U);
  EXPECT_EQ(gate.epoch(), 1U);
}

TEST_F(PayerQuotaTest, AndTheProcessHoldsAloneWhereItCannotBeTold) {
  fleet.away = away;
  EXPECT_FALSE(run_refused(io, quota, 0, 30s));
  pass(1s);
  EXPECT_EQ(fleet.refusals.size(), 3U);
  EXPECT_GE(gate.remaining(time.steady()), 29s);
}

TEST_F(PayerQuotaTest, WhatOneProbeHeardIsToldAtOnce) {
  Answer probe = granting(1);
  probe.probing = true;
  probe.ask_again = 60ms;
  fleet.answers.emplace_back(probe);
  Answer wait = nothing();
  wait.probing = true;
  fleet.otherwise = wait;
  Requests requests;
  for (unsigned number = 0; number < 3; ++number) {
    requests.push_back(begin());
  }
  ASSERT_TRUE(requests[0]->has_turn());
  EXPECT_FALSE(requests[1]->has_turn());
  const auto asks = fleet.asks.size();
  fleet.otherwise.reset();
  const SteadyTime heard = time.steady();
  requests[0]->serve();
  poll();
  ASSERT_GT(fleet.asks.size(), asks);
  EXPECT_EQ(time.steady(), heard);
  EXPECT_EQ(fleet.asks[asks].served, 1U);
  EXPECT_TRUE(requests[1]->has_turn());
  EXPECT_TRUE(requests[2]->has_turn());
}

TEST_F(PayerQuotaTest, TheLastLookLetsARequestLeaveUnlessAQuietBegan) {
  EXPECT_FALSE(quota.last_look(0));
  gate.block(time.steady() + 2s, 1);
  const auto blocked = quota.last_look(1);
  ASSERT_TRUE(blocked);
  EXPECT_EQ(blocked->kind, FailureKind::rate_limited);
  EXPECT_EQ(blocked->retry_after, 2s);
  gate.block(time.steady() + 2s, 1);
  fleet.otherwise = nothing();
  pass(2s);
  EXPECT_FALSE(quota.last_look(1));
  EXPECT_EQ(quota.last_look(0)->code, "payer_blocked");  // void, though the quiet is over
}

// Wherever the io_context is cut off, nothing is used after its end: the sanitizers look.
TEST_F(PayerQuotaTest, EndsCleanWhereverItIsCutOff) {
  for (unsigned steps = 0; steps < 40; ++steps) {
    auto cut_off = std::make_unique<boost::asio::io_context>(1);
    InFlightCap cap(2);
    PayerGate open;
    PayerQuota::Ports ports{cut_off->get_executor(), time, random, time, fleet, events};
    PayerQuota quick(ports, {*PayerName::parse("aetna"), {}, "w1"}, open, cap);
    Requests requests;
    for (unsigned number = 0; number < 5; ++number) {
      requests.push_back(std::make_shared<Waiting>());
      contract::start(*cut_off, wait_for_turn(&quick, Use::routine, requests.back()));
    }
    for (unsigned step = 0; step < steps; ++step) {
      cut_off->poll_one();
    }
    cut_off.reset();
    requests.clear();
    EXPECT_EQ(cap.free(), 2U) << steps;
  }
}

}  // namespace
}  // namespace claimferry::quota
