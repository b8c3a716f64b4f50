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
#include "common/base/assert.hpp"

namespace claimferry {

class Alarm {
 public:
  void ring() {
    rung_ = true;
    signal_.emit(boost::asio::cancellation_type::terminal);
  }

  // One waiter at a time: a second would take the first one's place in the signal's slot.
  awaitable<void> wait(Sleeper& sleeper, Duration how_long) {
    CLAIMFERRY_ASSERT(!waited_for_);
    if (!rung_) {
      waited_for_ = true;
      auto executor = co_await boost::asio::this_coro::executor;
      auto token = boost::asio::bind_cancellation_slot(signal_.slot(), boost::asio::use_awaitable);
      auto sleep = without_throwing_on_cancel(sleeper.sleep(how_long));
      co_await boost::asio::co_spawn(executor, std::move(sleep), std::move(token));
      waited_for_ = false;
    }
    rung_ = false;
  }

 private:
  bool rung_ = false;
  bool waited_for_ = false;
  boost::asio::cancellation_signal signal_;
};

}  // namespace claimferry
