// PayerRequestsTest: one shard's way to a payer, for its tests: a payer and a fleet that answer
// what a test says, and a clock that it moves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"
#include "tests/unit/worker/payer_stub.hpp"
#include "worker/payer_requests.hpp"

namespace claimferry::worker {

using fhir::Endpoint;
using Answer = Result<http::Response>;
using Way = PayerRequests::Way;
using Turn = PayerRequests::Turn;

inline const Failure closed_connection{FailureKind::retryable, "connection_stale", ""};

// A request as its callers make it: first the turn, then the send.
inline awaitable<Answer> request(PayerRequests* requests, Way way) {
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
  Answer ask(Way from) { return run_through(io, sleeper, request(&requests, std::move(from))); }
  Result<Turn> turn(Way of) { return run_through(io, sleeper, requests.turn(std::move(of))); }
  // Begins a request and lets it come as far as it can.
  std::shared_ptr<std::optional<Answer>> begin(PayerRequests& through, Way from) {
    auto kept = std::make_shared<std::optional<Answer>>();
    auto asked = request(&through, std::move(from));
    contract::start(io, keep_answer(std::move(asked), kept));
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

  PayerRequests requests_with(unsigned in_flight_max) {
    return {{executor_of(io), clock, random, sleeper, fleet, http, events}, "w1", in_flight_max};
  }
  // Lets the clock pass, and whoever waits for it go on.
  void pass(Duration how_long) {
    clock.now += how_long;
    sleeper.wake_due();
    poll();
  }

  ~PayerRequestsTest() override { owned_io.reset(); }  // before what its coroutines use

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  StandingClock clock;
  SeededRandom random{1};
  PatientSleeper sleeper{clock};
  Events events;
  FleetQuotaStub fleet;
  PayerStub http;
  Payer payer{payer_profile(), Secret("secret")};
  PayerRequests requests = requests_with(1);
};

}  // namespace claimferry::worker
