#include "common/async/alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry {
namespace {

using namespace std::chrono_literals;

awaitable<void> wait_twice(Alarm& alarm, Sleeper& sleeper, int& waits) {
  co_await alarm.wait(sleeper, 1h);
  ++waits;
  co_await alarm.wait(sleeper, 1h);
  ++waits;
}

TEST(Alarm, RingingEndsASleepEarly) {
  boost::asio::io_context io;
  TimerSleeper sleeper;
  Alarm alarm;
  int waits = 0;
  contract::start(io, wait_twice(alarm, sleeper, waits));
  io.poll();
  EXPECT_EQ(waits, 0);
  alarm.ring();
  io.poll();
  EXPECT_EQ(waits, 1);
  alarm.ring();
  io.poll();
  EXPECT_EQ(waits, 2);
}

TEST(Alarm, KeepsARingThatCameBeforeTheWait) {
  boost::asio::io_context io;
  TimerSleeper sleeper;
  Alarm alarm;
  int waits = 0;
  alarm.ring();
  contract::start(io, wait_twice(alarm, sleeper, waits));
  io.poll();
  EXPECT_EQ(waits, 1);
  alarm.ring();
  io.poll();
  EXPECT_EQ(waits, 2);
}

TEST(AlarmDeathTest, RefusesASecondWaiter) {
  boost::asio::io_context io;
  TimerSleeper sleeper;
  Alarm alarm;
  int waits = 0;
  contract::start(io, wait_twice(alarm, sleeper, waits));
  contract::start(io, wait_twice(alarm, sleeper, waits));
  EXPECT_DEATH(io.poll(), "waited_for_");
}

}  // namespace
}  // namespace claimferry
