#include "worker/payer_requests.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"
#include "tests/unit/worker/payer_stub.hpp"

namespace claimferry::worker {
namespace {

using fhir::Endpoint;
using Answer = Result<http::Response>;
using Way = PayerRequests::Way;
using Turn = PayerRequests::Turn;

const Failure closed_connection{FailureKind::retryable, "connection_stale", ""};

// A request as its callers make it: first the turn, then the send.
awaitable<Answer> request(PayerRequests* requests, Way way) {
  auto turn = co_await requests->turn(way);
  if (!turn) {
    co_return std::move(turn.failure());
  }
  http::Request request{};
  request.method = way.endpoint == Endpoint::token ? http::Method::post : http::Method::get;
  request.url = std::string(to_string(way.endpoint)) + " " + way.job->lease.ref.member.str();
  request.deadline = 20s;
  co_return co_await requests->send(way, std::move(*turn), std::move(request));
}

awaitable<void> keep(awaitable<Answer> operation, std::optional<Answer>* answer) {
  answer->emplace(co_await std::move(operation));
}

class PayerRequestsTest : public testing::Test {
 protected:
  std::shared_ptr<RunningJob> job(unsigned number) {
    const auto name = std::to_string(number);
    return std::make_shared<RunningJob>(lease_of("j" + name, "M" + name, 5, clock.now),
                                        clock.steady(), clock.steady() + 30s);
  }
  Way way(unsigned number, Endpoint endpoint = Endpoint::eob) {
    return {job(number), payer, endpoint};
  }
  Answer ask(Way from) { return contract::run(io, request(&requests, std::move(from))); }
  Result<Turn> turn(Way of) { return contract::run(io, requests.turn(std::move(of))); }
  // Begins a request and lets it come as far as it can.
  std::shared_ptr<std::optional<Answer>> begin(PayerRequests& through, Way from) {
    auto kept = std::make_shared<std::optional<Answer>>();
    const auto keep_alive = [kept](const std::exception_ptr&) {};
    boost::asio::co_spawn(io, keep(request(&through, std::move(from)), kept.get()), keep_alive);
    poll();
    return kept;
  }
  std::shared_ptr<std::optional<Answer>> begin(Way from) {
    return begin(requests, std::move(from));
  }
  void poll() {
    io.restart();
    io.poll();
  }
  void answer_always(std::function<Answer()> with) {
    http.answers = [with = std::move(with)](const http::Request&) { return with(); };
  }
  void answer_always(unsigned status) {
    answer_always([status] { return Answer(answer(status)); });
  }
  void answer_always(const Failure& failure) {
    answer_always([failure] { return failure; });
  }
  void ask_for_quiet(const std::string& retry_after) {
    answer_always([retry_after] { return quiet_please(retry_after); });
  }
  void fail_for_everybody() {
    answer_always(500);
    for (unsigned number = 0; number < limits::breaker_failures; ++number) {
      EXPECT_FALSE(ask(way(number)).ok());
    }
    EXPECT_TRUE(requests.health_of(payer).is_open());
  }

  StandingClock clock;
  SeededRandom random{1};
  Events events;
  QueueStub queue;
  PayerStub http;
  Payer payer{payer_profile(), Secret("secret")};
  PayerRequests requests{{clock, random, queue, http, events}, 1};
  // Goes before what its coroutines use.
  boost::asio::io_context io;
};

TEST_F(PayerRequestsTest, GivesAGoodAnswerAndTellsOfTheRequest) {
  answer_always([] { return answer(200, R"({"resourceType":"Bundle"})"); });
  const Answer got = ask(way(1));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->body.view(), R"({"resourceType":"Bundle"})");
  EXPECT_EQ(events.requests, 1U);
  EXPECT_EQ(http.sent, std::vector<std::string>{"eob M1"});
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
  payer.gate.block(clock.steady() + 40s);
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
  PayerRequests two({clock, random, queue, http, events}, 2);
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
  EXPECT_EQ(queue.blocked, std::vector<Duration>{30s});
  EXPECT_TRUE(events.saw("rate_limited"));
}

TEST_F(PayerRequestsTest, OneThatAsksForNoTimeGetsAGrowingPause) {
  for (const bool says_zero : {true, false}) {
    says_zero ? ask_for_quiet("0") : answer_always(429);
    Duration ceiling = 2s;
    Duration longest = 0s;
    for (unsigned burst = 0; burst < 12; ++burst) {
      const Answer got = ask(way(1));
      ASSERT_FALSE(got.ok());
      ASSERT_TRUE(got.failure().retry_after.has_value());
      EXPECT_GE(*got.failure().retry_after, 1s);
      EXPECT_LE(*got.failure().retry_after, ceiling);
      EXPECT_EQ(payer.gate.remaining(clock.steady()), *got.failure().retry_after);
      longest = std::max(longest, *got.failure().retry_after);
      ceiling = std::min<Duration>(ceiling * 2, 2min);
      clock.now += *got.failure().retry_after;
    }
    EXPECT_GT(longest, 10s);
    answer_always(200);
    ASSERT_TRUE(ask(way(1)).ok());  // and the next burst begins anew
  }
  ask_for_quiet("0");
  EXPECT_LE(ask(way(1)).failure().retry_after, 2s);
}

TEST_F(PayerRequestsTest, The429sOfOneBurstCountOnce) {
  PayerRequests many({clock, random, queue, http, events}, 8);
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
    EXPECT_LE((**each).failure().retry_after, 2s);
  }
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
      clock.now += 1s;
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

}  // namespace
}  // namespace claimferry::worker
