// PayerQuotaTest: one shard's quota of one payer in virtual time, a fleet that answers what a test
// says, and requests that wait for their turns.
#pragma once

#include <deque>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "common/base/limits.hpp"
#include "common/quota/adapter/payer_quota.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/quota/fleet_quota_stub.hpp"
#include "tests/world/virtual_time.hpp"

namespace claimferry::quota {

using namespace std::chrono_literals;
using Turn = PayerQuota::Turn;

class EventCounts final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    used += std::holds_alternative<telemetry::PermitUsed>(event) ? 1 : 0;
    quiets += std::holds_alternative<telemetry::PayerQuiet>(event) ? 1 : 0;
    if (const auto* granted = std::get_if<telemetry::PermitsGranted>(&event)) {
      permits += granted->permits;
    }
    if (const auto* rate = std::get_if<telemetry::QuotaRate>(&event)) {
      rates.push_back(rate->requests_a_second);
    }
  }
  unsigned used = 0;
  unsigned permits = 0;
  unsigned quiets = 0;
  std::vector<double> rates;
};

// A request that waits, or has its turn, or failed.
struct Waiting {
  StopSource stop;
  std::optional<Result<Turn>> result;

  bool has_turn() const { return result && result->ok(); }
  std::string code() const { return result && !result->ok() ? result->failure().code : ""; }
  Turn& turn() { return **result; }
  // The request came and went.
  void serve() {
    turn().use();
    turn().served();
    turn().finish();
    result.reset();
  }
};

inline awaitable<void> wait_for_turn(PayerQuota* quota, Use use, std::shared_ptr<Waiting> waiting) {
  auto turn = quota->take(use);
  waiting->result.emplace(co_await interruptible(waiting->stop, std::move(turn)));
}

class PayerQuotaTest : public testing::Test {
 protected:
  PayerQuotaTest() = default;
  // Before what its coroutines use, with whatever waits.
  ~PayerQuotaTest() override { owned_io.reset(); }

  std::shared_ptr<Waiting> begin(PayerQuota& through, Use use) {
    auto waiting = std::make_shared<Waiting>();
    contract::start(io, wait_for_turn(&through, use, waiting));
    poll();
    return waiting;
  }
  std::shared_ptr<Waiting> begin(Use use = Use::routine) { return begin(quota, use); }
  void poll() {
    io.restart();
    io.poll();
  }
  void pass(Duration how_long) {
    bool over = false;
    boost::asio::co_spawn(io, time.sleep(how_long),
                          [&over](const std::exception_ptr&) { over = true; });
    poll();
    while (!over) {
      time.advance_to_next();
      poll();
    }
  }
  static Answer granting(unsigned count, Use use = Use::routine) {
    Answer answer;
    answer.grant.granted[use] = count;
    answer.grant.interval = 10ms;
    answer.rate = 100;
    return answer;
  }
  static Answer nothing(Duration ask_again = 60ms) {
    Answer answer = granting(0);
    answer.ask_again = ask_again;
    return answer;
  }
  // The fleet's answers wait until let_answer_go().
  void hold_answers() {
    fleet.before_it_answers = [this]() -> awaitable<void> {
      boost::asio::steady_timer held(io, boost::asio::steady_timer::time_point::max());
      held_answers.push_back(&held);
      co_await held.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    };
  }
  void let_answer_go() {
    boost::asio::steady_timer* first = held_answers.front();
    held_answers.pop_front();
    first->cancel();
    poll();
  }
  PayerQuota quota_of(const std::string& payer, PayerGate& with, InFlightCap& cap) {
    return {{executor_of(io), time, random, time, fleet, events},
            {*PayerName::parse(payer), {}, "w1"},
            with,
            cap};
  }

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  world::VirtualTime time{WallTime(1'800'000'000s)};
  SeededRandom random{1};
  EventCounts events;
  FleetQuotaStub fleet;
  std::deque<boost::asio::steady_timer*> held_answers;
  PayerGate gate;
  InFlightCap in_flight{4};
  PayerQuota quota = quota_of("aetna", gate, in_flight);
};

}  // namespace claimferry::quota
