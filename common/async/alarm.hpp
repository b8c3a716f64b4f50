// Alarm: a sleep that ring() ends early. Rings that come while nobody sleeps are kept: the next
// wait returns at once, so that no wake-up is lost between a look and a sleep.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/interruptible.hpp"
#include "common/async/sleeper.hpp"

namespace claimferry {

class Alarm {
 public:
  void ring() {
    rung_ = true;
    signal_.emit(boost::asio::cancellation_type::terminal);
  }

  // One waiter at a time.
  awaitable<void> wait(Sleeper& sleeper, Duration how_long) {
    if (!rung_) {
      auto executor = co_await boost::asio::this_coro::executor;
      auto token = boost::asio::bind_cancellation_slot(signal_.slot(), boost::asio::use_awaitable);
      auto sleep = without_throwing_on_cancel(sleeper.sleep(how_long));
      co_await boost::asio::co_spawn(executor, std::move(sleep), std::move(token));
    }
    rung_ = false;
  }

 private:
  bool rung_ = false;
  boost::asio::cancellation_signal signal_;
};

}  // namespace claimferry
