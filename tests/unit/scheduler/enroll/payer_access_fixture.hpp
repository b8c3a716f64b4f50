// PayerAccessTest: enrolment's way to a payer, for its tests: a payer and a fleet that answer what
// a test says, in virtual time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "scheduler/enroll/payer_access.hpp"
#include "tests/unit/common/quota/fleet_quota_stub.hpp"
#include "tests/unit/worker/payer_stub.hpp"
#include "tests/world/virtual_time.hpp"

namespace claimferry::enroll {

using namespace std::chrono_literals;
using Answer = Result<http::Response>;

class LastEvents final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    if (const auto* done = std::get_if<telemetry::RequestDone>(&event)) {
      endpoint = done->endpoint;
    }
  }
  std::string_view endpoint;
};

class PayerAccessTest : public testing::Test {
 protected:
  PayerAccessTest() {
    profile.auth_root = "https://payer.test/oauth/";
    profile.token_url = "https://payer.test/oauth/token";
    profile.resource_base = "https://payer.test/fhir";
    payers.add_payer(profile);
    http.answers = [this](const http::Request&) {
      if (answers.empty()) {
        return otherwise();
      }
      Answer first = std::move(answers.front());
      answers.pop_front();
      return first;
    };
  }
  static std::function<Answer()> always(unsigned status, const std::string& body = "{}") {
    return [status, body] { return Answer(worker::answer(status, body)); };
  }
  ~PayerAccessTest() override { owned_io.reset(); }  // before what its coroutines use

  // To its end, however long it waits.
  template <class T>
  T run(awaitable<T> operation) {
    const auto kept = begin(std::move(operation));
    while (!*kept) {
      time.advance_to_next();
      poll();
    }
    return std::move(**kept);
  }
  // As far as it comes at once.
  template <class T>
  std::shared_ptr<std::optional<T>> begin(awaitable<T> operation) {
    auto kept = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(io, keep(std::move(operation), kept), rethrow);
    poll();
    return kept;
  }
  void pass(Duration how_long) {
    boost::asio::co_spawn(io, time.sleep(how_long), rethrow);
    const SteadyTime until = time.steady() + how_long;
    poll();
    while (time.steady() < until) {
      time.advance_to_next();
      poll();
    }
  }

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  world::VirtualTime time{WallTime(1'800'000'000s)};
  SeededRandom random{1};
  LastEvents events;
  quota::FleetQuotaStub fleet;
  worker::PayerStub http;
  std::deque<Answer> answers;                       // the payer's next ones
  std::function<Answer()> otherwise = always(200);  // all after them
  config::PayerConfig profile{*PayerName::parse("aetna")};
  PayerAccess payers{{io.get_executor(), time, random, time, fleet, http, events}, "enroll-1"};

 private:
  template <class T>
  static awaitable<void> keep(awaitable<T> operation, std::shared_ptr<std::optional<T>> kept) {
    kept->emplace(co_await std::move(operation));
  }
  static void rethrow(std::exception_ptr error) {
    if (error) {
      std::rethrow_exception(error);
    }
  }
  void poll() {
    io.restart();
    io.poll();
  }
};

}  // namespace claimferry::enroll
