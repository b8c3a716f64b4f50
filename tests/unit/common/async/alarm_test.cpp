#include "common/async/alarm.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

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
  boost::asio::co_spawn(io, wait_twice(alarm, sleeper, waits), boost::asio::detached);
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
  boost::asio::co_spawn(io, wait_twice(alarm, sleeper, waits), boost::asio::detached);
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
  boost::asio::co_spawn(io, wait_twice(alarm, sleeper, waits), boost::asio::detached);
  boost::asio::co_spawn(io, wait_twice(alarm, sleeper, waits), boost::asio::detached);
  EXPECT_DEATH(io.poll(), "waited_for_");
}

}  // namespace
}  // namespace claimferry
