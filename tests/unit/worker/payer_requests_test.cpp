#include "worker/payer_requests.hpp"

#include <algorithm>

#include "tests/unit/worker/payer_requests_fixture.hpp"

namespace claimferry::worker {
namespace {

using quota::Use;

TEST_F(PayerRequestsTest, GivesAGoodAnswerAndTellsOfTheRequest) {
  answer_always([] { return answer(200, R"({"resourceType":"Bundle"})"); });
  const Answer got = ask(way(1));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->body.view(), R"({"resourceType":"Bundle"})");
  EXPECT_EQ(events.requests, 1U);
  EXPECT_EQ(http.sent, std::vector<std::string>{"eob M1"});
}

TEST_F(PayerRequestsTest, TellsHowFarThePayersClockIsAhead) {
  http.answers = [&](const http::Request&) {
    clock.now += 2s;  // the answer was written in its middle
    http::Response late = answer(200);
    late.headers.add("Date", "Fri, 15 Jan 2027 08:01:00 GMT");
    return Answer(std::move(late));
  };
  ASSERT_TRUE(ask(way(1)).ok());
  ASSERT_EQ(events.clocks.size(), 1U);
  EXPECT_EQ(events.clocks[0], 59'500ms);
  answer_always([] { return answer(200); });
  ASSERT_TRUE(ask(way(1)).ok());
  EXPECT_EQ(events.clocks.size(), 1U) << "an answer without a date says nothing";
}

TEST_F(PayerRequestsTest, WhatIsNotA200BecomesAFailure) {
  answer_always(503);
  EXPECT_EQ(ask(way(1)).failure().code, "http_503");
  answer_always(Failure{FailureKind::retryable, "timeout", ""});
  EXPECT_EQ(ask(way(1)).failure().code, "timeout");
}

TEST_F(PayerRequestsTest, AGetThatMetAClosedConnectionLeavesOnceMoreInTheSameTime) {
  std::vector<Duration> deadlines;
  http.answers = [&](const http::Request& request) {
    deadlines.push_back(request.deadline);
    clock.now += 3s;
    return deadlines.size() == 1 ? Answer(closed_connection) : Answer(answer(200));
  };
  EXPECT_TRUE(ask(way(1)).ok());
  EXPECT_EQ(http.sent, (std::vector<std::string>{"eob M1", "eob M1"}));
  EXPECT_EQ(deadlines, (std::vector<Duration>{20s, 17s}));
  EXPECT_EQ(events.requests, 2U);
}

TEST_F(PayerRequestsTest, AndNeverAThirdTime) {
  answer_always(closed_connection);
  EXPECT_EQ(ask(way(1)).failure().code, "connection_lost");
  EXPECT_EQ(http.sent.size(), 2U);
}

TEST_F(PayerRequestsTest, ARefreshLeavesOnceWhateverItMet) {
  answer_always(closed_connection);
  EXPECT_EQ(ask(way(1, Endpoint::token)).failure().code, "connection_lost");
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(PayerRequestsTest, AStoppedJobsGetDoesNotLeaveOnceMore) {
  const Way read = way(1);
  http.answers = [&](const http::Request&) {
    read.job->stop.request({FailureKind::drained, "drained", ""});
    return Answer(closed_connection);
  };
  EXPECT_EQ(ask(read).failure().kind, FailureKind::drained);
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(PayerRequestsTest, SendsNothingWhileThePayerAskedForQuiet) {
  payer.gate.block(clock.steady() + 40s, 1);
  fleet.epoch = 1;
  for (const Endpoint endpoint : {Endpoint::token, Endpoint::eob}) {
    const Answer got = ask(way(1, endpoint));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.failure().kind, FailureKind::rate_limited);
    EXPECT_EQ(got.failure().code, "payer_blocked");
    EXPECT_EQ(got.failure().retry_after, 40s);
  }
  clock.now += 40s;
  EXPECT_TRUE(ask(way(1)).ok());
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(PayerRequestsTest, AWaiterForAPermitDoesNotSendWhenA429CameMeanwhile) {
  http.hold = true;
  const auto first = begin(way(1));
  const auto second = begin(way(2, Endpoint::token));
  ask_for_quiet("30");
  http.let_go();
  poll();
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->failure().retry_after, 30s);
  ASSERT_TRUE(second->has_value());
  EXPECT_EQ((*second)->failure().code, "payer_blocked");
  EXPECT_EQ(http.sent, std::vector<std::string>{"eob M1"});
}

TEST_F(PayerRequestsTest, NorWhenTheBreakerOpenedMeanwhile) {
  answer_always(500);
  for (unsigned number = 0; number + 1 < limits::breaker_failures; ++number) {
    EXPECT_FALSE(ask(way(number)).ok());
  }
  http.hold = true;
  const auto last = begin(way(7));
  const auto waiter = begin(way(8));
  http.let_go();
  poll();
  EXPECT_EQ((**last).failure().code, "http_500");
  ASSERT_TRUE(waiter->has_value());
  EXPECT_EQ((*waiter)->failure().code, "payer_down");
}

TEST_F(PayerRequestsTest, ALastSendWaitsUntilTheEndpointAnswersOthers) {
  answer_always(503);
  EXPECT_FALSE(ask(way(1, Endpoint::token)).ok());
  auto last = way(2, Endpoint::token);
  last.is_last_send = true;
  const Answer got = ask(last);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.failure().code, "payer_down");
  EXPECT_EQ(got.failure().retry_after, 15s);
  EXPECT_EQ(http.sent.size(), 1U);
  answer_always(200);
  EXPECT_TRUE(ask(way(3, Endpoint::token)).ok());
  EXPECT_TRUE(ask(last).ok());
}

TEST_F(PayerRequestsTest, TheCapCountsTokenRequestsAndPagesAlike) {
  PayerRequests two = requests_with(2);
  http.hold = true;
  const auto token = begin(two, way(1, Endpoint::token));
  const auto page = begin(two, way(2));
  const auto waits = begin(two, way(3, Endpoint::token));
  const auto waits_too = begin(two, way(4));
  EXPECT_EQ(http.in_flight, 2U);
  http.let_go();
  poll();
  EXPECT_EQ(http.sent, (std::vector<std::string>{"token M1", "eob M2", "token M3"}));
  for (unsigned left = 0; left < 3; ++left) {
    http.let_go();
    poll();
  }
  EXPECT_TRUE(waits_too->has_value());
  EXPECT_EQ(http.most_in_flight, 2U);
}

TEST_F(PayerRequestsTest, A429HoldsProcessAndFleetForAsLongAsItAsks) {
  ask_for_quiet("30");
  const Answer got = ask(way(1));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.failure().kind, FailureKind::rate_limited);
  EXPECT_EQ(got.failure().retry_after, 30s);
  EXPECT_EQ(payer.gate.remaining(clock.steady()), 30s);
  ASSERT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(fleet.refusals[0].payer, payer_name);
  EXPECT_EQ(fleet.refusals[0].asked, 30s);
  EXPECT_TRUE(events.saw("rate_limited"));
}

TEST_F(PayerRequestsTest, SaysThatThePayerIsDownAndWhenToAskAgain) {
  fail_for_everybody();
  EXPECT_TRUE(events.saw("breaker opened"));
  const auto sent = http.sent.size();
  const Answer got = ask(way(9));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.failure().kind, FailureKind::retryable);
  EXPECT_EQ(got.failure().code, "payer_down");
  EXPECT_EQ(got.failure().retry_after, Duration(limits::breaker_probe_delay_base));
  EXPECT_EQ(http.sent.size(), sent);
}

TEST_F(PayerRequestsTest, OneProbeFindsOutThatItIsOver) {
  fail_for_everybody();
  clock.now += Duration(limits::breaker_probe_delay_base);
  http.hold = true;
  answer_always(200);
  const auto probe = begin(way(1));
  EXPECT_EQ(http.in_flight, 1U);
  EXPECT_EQ(ask(way(2)).failure().code, "payer_down");
  http.let_go();
  poll();
  EXPECT_TRUE((**probe).ok());
  EXPECT_TRUE(events.saw("breaker closed"));
  http.hold = false;
  EXPECT_TRUE(ask(way(2)).ok());
}

TEST_F(PayerRequestsTest, AMemberThatMayNotProbeTwiceIsNotAskedBackAtOnce) {
  fail_for_everybody();
  clock.now += Duration(limits::breaker_probe_delay_base);
  EXPECT_EQ(ask(way(1)).failure().code, "http_500");
  clock.now += Duration(limits::breaker_probe_delay_base) * 2;
  const Answer again = ask(way(1));
  EXPECT_EQ(again.failure().code, "payer_down");
  EXPECT_GE(again.failure().retry_after, 1s);
  EXPECT_EQ(ask(way(2)).failure().code, "http_500");
}

TEST_F(PayerRequestsTest, ATurnGivenBackUnusedFreesTheProbe) {
  fail_for_everybody();
  answer_always(200);
  clock.now += Duration(limits::breaker_probe_delay_base);
  {
    const auto unused = turn(way(1));
    ASSERT_TRUE(unused.ok());
    EXPECT_EQ(ask(way(2)).failure().code, "payer_down");
  }
  clock.now += Duration(limits::breaker_probe_delay_base) * 2;
  EXPECT_TRUE(ask(way(2)).ok());
}

TEST_F(PayerRequestsTest, ATurnGivenBackUnusedGivesItsPermitBack) {
  {
    EXPECT_TRUE(turn(way(1)).ok());
  }
  EXPECT_TRUE(ask(way(2)).ok());
}

TEST_F(PayerRequestsTest, AStopEndsTheWaitForAPermit) {
  http.hold = true;
  const auto first = begin(way(1));
  const Way second = way(2);
  const auto waiting = begin(second);
  const auto third = begin(way(3));
  second.job->stop.request({FailureKind::drained, "drained", ""});
  poll();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->failure().kind, FailureKind::drained);
  http.let_go();
  poll();
  EXPECT_TRUE((**first).ok());
  EXPECT_EQ(http.sent, (std::vector<std::string>{"eob M1", "eob M3"}));
  http.let_go();
  poll();
  EXPECT_TRUE((**third).ok());
}

TEST_F(PayerRequestsTest, AStoppedJobGetsNoTurn) {
  const Way stopped = way(1, Endpoint::token);
  stopped.job->stop.request({FailureKind::cancelled, "cancelled", ""});
  EXPECT_EQ(ask(stopped).failure().kind, FailureKind::cancelled);
  EXPECT_TRUE(http.sent.empty());
  EXPECT_TRUE(ask(way(2)).ok());
}

TEST_F(PayerRequestsTest, AStopEndsAPagesReadAndTellsTheBreakerNothing) {
  http.hold = true;
  for (unsigned number = 0; number < 2 * limits::breaker_failures; ++number) {
    const Way read = way(number);
    const auto stopped = begin(read);
    read.job->stop.request({FailureKind::drained, "drained", ""});
    poll();
    ASSERT_TRUE(stopped->has_value());
    EXPECT_EQ((*stopped)->failure().kind, FailureKind::drained);
  }
  EXPECT_FALSE(requests.health_of(payer).is_open());
  EXPECT_EQ(http.in_flight, 0U);
}

TEST_F(PayerRequestsTest, NeitherDoesACutReadPassForAnAnswer) {
  answer_always(500);
  for (unsigned number = 0; number + 1 < limits::breaker_failures; ++number) {
    EXPECT_FALSE(ask(way(number)).ok());
  }
  http.hold = true;
  const Way read = way(7);
  const auto stopped = begin(read);
  read.job->stop.request({FailureKind::drained, "drained", ""});
  poll();
  http.hold = false;
  EXPECT_FALSE(ask(way(8)).ok());  // the fifth in a row all the same
  EXPECT_TRUE(requests.health_of(payer).is_open());
  // And a probe that was cut closes nothing.
  clock.now += Duration(limits::breaker_probe_delay_base);
  http.hold = true;
  const Way probe = way(9);
  const auto cut = begin(probe);
  ASSERT_EQ(http.in_flight, 1U);
  probe.job->stop.request({FailureKind::lease_lost, "lease_lost", ""});
  poll();
  EXPECT_TRUE(requests.health_of(payer).is_open());
}

TEST_F(PayerRequestsTest, ARefreshThatLeftIsCarriedToItsEnd) {
  http.hold = true;
  const Way refresh = way(1, Endpoint::token);
  const auto answered = begin(refresh);
  refresh.job->stop.request({FailureKind::drained, "drained", ""});
  poll();
  EXPECT_FALSE(answered->has_value());
  http.let_go();
  poll();
  ASSERT_TRUE(answered->has_value());
  EXPECT_TRUE((*answered)->ok());
}

TEST_F(PayerRequestsTest, AQuietPayerAndOurOwnTroubleAreNoFailuresOfThePayer) {
  for (const bool is_ours : {true, false}) {
    is_ours ? answer_always(Failure{FailureKind::local, "body_budget", ""}) : ask_for_quiet("1");
    for (unsigned number = 0; number < 2 * limits::breaker_failures; ++number) {
      EXPECT_FALSE(ask(way(number)).ok());
    }
  }
  EXPECT_FALSE(requests.health_of(payer).is_open());
}

TEST_F(PayerRequestsTest, A401CountsOnlyWhereItsCallerSaysThatTheTokenWasFresh) {
  answer_always(401);
  for (unsigned number = 0; number < 2 * limits::breaker_failures; ++number) {
    EXPECT_EQ(ask(way(number)).failure().kind, FailureKind::resource_refused);
  }
  EXPECT_FALSE(requests.health_of(payer).is_open());
  for (unsigned number = 0; number < limits::breaker_members; ++number) {
    requests.refused(way(number));
  }
  EXPECT_TRUE(events.saw("breaker opened"));
  EXPECT_EQ(ask(way(9)).failure().code, "payer_down");
  EXPECT_NE(ask(way(9, Endpoint::coverage)).failure().code, "payer_down");
}

TEST_F(PayerRequestsTest, OnePayersTroubleIsNoOthers) {
  fail_for_everybody();
  config::PayerConfig profile(*PayerName::parse("other"));
  profile.resource_base = "https://other.test/fhir";
  Payer other(profile, Secret("secret"));
  answer_always(200);
  EXPECT_TRUE(ask({job(1), other, Endpoint::eob}).ok());
  EXPECT_TRUE(requests.health_of(payer).is_open());
}

quota::Answer granted(Use use, std::uint64_t epoch) {
  quota::Answer answer;
  answer.grant.granted[use] = 1;
  answer.grant.epoch = epoch;
  return answer;
}

TEST_F(PayerRequestsTest, AsksForThePermitOfItsLaneInItsShardsName) {
  EXPECT_TRUE(ask(way(1)).ok());
  ASSERT_EQ(fleet.asks.size(), 1U);
  EXPECT_EQ(fleet.asks[0].payer, payer_name);
  EXPECT_EQ(fleet.asks[0].shard, "w1");
  EXPECT_EQ(fleet.asks[0].wanted[Use::routine], 1U);
  EXPECT_TRUE(ask(way(2, Endpoint::token)).ok());
  EXPECT_EQ(fleet.asks.back().wanted[Use::token], 1U);
  Way urgent = way(3);
  urgent.job->lease.lane = queue::Lane::urgent;
  EXPECT_TRUE(ask(urgent).ok());
  EXPECT_EQ(fleet.asks.back().wanted[Use::urgent], 1U);
  Way backfill = way(4);
  backfill.job->lease.lane = queue::Lane::backfill;
  EXPECT_TRUE(ask(backfill).ok());
  EXPECT_EQ(fleet.asks.back().wanted[Use::backfill], 1U);
}

TEST_F(PayerRequestsTest, A429IsToldToTheFleetOnceWithTheEpochOfItsPermit) {
  fleet.epoch = 7;
  fleet.answers.emplace_back(granted(Use::routine, 7));
  ask_for_quiet("30");
  EXPECT_FALSE(ask(way(1)).ok());
  ASSERT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(fleet.refusals[0].epoch, 7U);
  EXPECT_EQ(fleet.refusals[0].asked, 30s);
  EXPECT_EQ(payer.gate.epoch(), 8U);
  EXPECT_EQ(events.quiets, 1U);
}

TEST_F(PayerRequestsTest, WhatThePayerRefusesInOneBurstIsOneQuiet) {
  PayerRequests many = requests_with(8);
  http.hold = true;
  answer_always(429);
  std::vector<std::shared_ptr<std::optional<Answer>>> answers;
  answers.reserve(8);
  for (unsigned number = 0; number < 8; ++number) {
    answers.push_back(begin(many, way(number)));
  }
  for (unsigned number = 0; number < 8; ++number) {
    http.let_go();
    poll();
  }
  for (const auto& each : answers) {
    EXPECT_LE((**each).failure().retry_after, 1s);
  }
  EXPECT_EQ(fleet.refusals.size(), 8U);
  EXPECT_EQ(fleet.epoch, 1U);
  EXPECT_EQ(events.quiets, 1U);
}

TEST_F(PayerRequestsTest, OneThatAsksForNoTimeIsHeldAsLongAsTheFleetSays) {
  for (const bool says_zero : {true, false}) {
    says_zero ? ask_for_quiet("0") : answer_always(429);
    fleet.quiet_of_its_own = 4s;
    EXPECT_EQ(ask(way(1)).failure().retry_after, 4s);
    EXPECT_EQ(payer.gate.remaining(clock.steady()), 4s);
    EXPECT_FALSE(fleet.refusals.back().asked);
  }
}

TEST_F(PayerRequestsTest, AFleetThatCannotBeToldIsToldAgainAndTheProcessHoldsAlone) {
  Duration longest = 0s;
  for (unsigned burst = 0; burst < 8; ++burst) {
    answer_always(429);
    http.answers = [this](const http::Request&) {
      fleet.away = redis_away();
      return Answer(answer(429));
    };
    const auto told = fleet.refusals.size();
    const Answer got = ask(way(1));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.failure().kind, FailureKind::rate_limited);
    EXPECT_GT(fleet.refusals.size(), told + 1);
    EXPECT_GE(*got.failure().retry_after, 300ms);
    EXPECT_LE(*got.failure().retry_after, 2min);
    longest = std::max(longest, *got.failure().retry_after);
    fleet.away.reset();
    clock.now += *got.failure().retry_after;
  }
  EXPECT_GT(longest, 5s);
}

TEST_F(PayerRequestsTest, TheLastLookStopsARequestWhenAQuietBeganWhileItWasDialled) {
  http.hold_dials = true;
  const auto stopped = begin(way(1));
  payer.gate.block(clock.steady() + 30s, 1);
  http.let_dial_go();
  poll();
  ASSERT_TRUE(stopped->has_value());
  EXPECT_EQ((*stopped)->failure().code, "payer_blocked");
  EXPECT_EQ((*stopped)->failure().retry_after, 30s);
  EXPECT_TRUE(http.sent.empty());
}

TEST_F(PayerRequestsTest, AndThatIsNo429OfThePayer) {
  http.hold_dials = true;
  const auto stopped = begin(way(1));
  payer.gate.block(clock.steady() + 30s, 1);
  http.let_dial_go();
  poll();
  ASSERT_TRUE(stopped->has_value());
  EXPECT_TRUE(fleet.refusals.empty());
  EXPECT_FALSE(events.saw("rate_limited"));
  EXPECT_EQ(payer.gate.epoch(), 1U);
}

TEST_F(PayerRequestsTest, ItStopsARequestOfAnEarlierEpochAlsoWhenTheQuietIsOver) {
  http.hold_dials = true;
  const auto stopped = begin(way(1));
  payer.gate.block(clock.steady() + 1s, 1);
  fleet.epoch = 1;
  pass(2s);
  http.let_dial_go();
  poll();
  ASSERT_TRUE(stopped->has_value());
  EXPECT_EQ((*stopped)->failure().code, "payer_blocked");
  EXPECT_TRUE(http.sent.empty());
  http.hold_dials = false;
  EXPECT_TRUE(ask(way(1)).ok());
}

TEST_F(PayerRequestsTest, AShortQuietIsWaitedThroughForTheTurn) {
  payer.gate.block(clock.steady() + 2s, 1);
  fleet.epoch = 1;
  const SteadyTime begun = clock.steady();
  EXPECT_TRUE(ask(way(1)).ok());
  EXPECT_GE(clock.steady() - begun, 2s);
  EXPECT_LT(clock.steady() - begun, 3s);
}

TEST_F(PayerRequestsTest, AGetThatLeavesOnceMoreTakesASecondPermit) {
  http.answers = [this](const http::Request&) {
    return http.sent.size() == 1 ? Answer(closed_connection) : Answer(answer(200));
  };
  EXPECT_TRUE(ask(way(1)).ok());
  EXPECT_EQ(fleet.wanted(), 2U);
  EXPECT_EQ(events.permits_used, 2U);
  EXPECT_EQ(http.sent.size(), 2U);
}

TEST_F(PayerRequestsTest, AndStaysWhereItIsWhenThereIsNone) {
  http.answers = [this](const http::Request&) {
    payer.gate.block(clock.steady() + 30s, 1);
    return Answer(closed_connection);
  };
  EXPECT_FALSE(ask(way(1)).ok());
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(PayerRequestsTest, WithoutPermitsNothingLeavesAndThePayerIsNotBlamed) {
  fleet.away = redis_away();
  for (unsigned number = 0; number < 2 * limits::breaker_failures; ++number) {
    const Answer got = ask(way(number));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.failure().kind, FailureKind::local);
  }
  EXPECT_TRUE(http.sent.empty());
  EXPECT_FALSE(requests.health_of(payer).is_open());
}

TEST_F(PayerRequestsTest, OnePayersQuietIsNoOthers) {
  config::PayerConfig profile(*PayerName::parse("other"));
  profile.resource_base = "https://other.test/fhir";
  Payer other(profile, Secret("secret"));
  ask_for_quiet("30");
  EXPECT_FALSE(ask(way(1)).ok());
  answer_always(200);
  EXPECT_EQ(ask(way(1)).failure().code, "payer_blocked");
  EXPECT_TRUE(ask({job(2), other, Endpoint::eob}).ok());
  EXPECT_EQ(fleet.asks.back().payer, profile.name);
  EXPECT_EQ(fleet.asks.back().epoch, 0U);
  EXPECT_EQ(other.gate.epoch(), 0U);
  EXPECT_EQ(fleet.refusals.size(), 1U);
}

}  // namespace
}  // namespace claimferry::worker
