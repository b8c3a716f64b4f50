#include "common/async/permits.hpp"

#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry {
namespace {

awaitable<void> hold(Permits& permits, int name, std::vector<int>& order, StopSource& until) {
  const Permits::Permit permit = co_await permits.take();
  order.push_back(name);
  boost::asio::steady_timer forever(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
  auto token = boost::asio::bind_cancellation_slot(
      until.signal().slot(), boost::asio::as_tuple(boost::asio::use_awaitable));
  co_await forever.async_wait(std::move(token));
}

TEST(Permits, LetsNoMoreThroughThanItHasAndServesInOrder) {
  boost::asio::io_context io;
  Permits permits(2);
  std::vector<int> order;
  std::vector<StopSource> until(4);
  for (int name = 0; name < 4; ++name) {
    contract::start(io, hold(permits, name, order, until[static_cast<std::size_t>(name)]));
  }
  io.poll();
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
  until[1].request({});
  io.poll();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  until[0].request({});
  until[2].request({});
  io.poll();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
  until[3].request({});
  io.poll();
}

awaitable<void> take_empty(Permits& permits, std::optional<bool>& got) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  const Permits::Permit permit = co_await permits.take();
  got = static_cast<bool>(permit);
}

TEST(Permits, ACancelledWaiterLeavesTheLineWithNothing) {
  boost::asio::io_context io;
  Permits permits(1);
  std::vector<int> order;
  std::vector<StopSource> until(2);
  contract::start(io, hold(permits, 0, order, until[0]));
  std::optional<bool> got;
  boost::asio::cancellation_signal cancel;
  boost::asio::co_spawn(io, take_empty(permits, got),
                        boost::asio::bind_cancellation_slot(cancel.slot(), boost::asio::detached));
  contract::start(io, hold(permits, 2, order, until[1]));
  io.poll();
  cancel.emit(boost::asio::cancellation_type::terminal);
  io.poll();
  EXPECT_EQ(got, false);
  until[0].request({});
  io.poll();
  EXPECT_EQ(order, (std::vector<int>{0, 2}));
  until[1].request({});
  io.poll();
}

awaitable<void> take_by(Permits& permits, Permits::TimePoint deadline, std::optional<bool>& got) {
  const Permits::Permit permit = co_await permits.take(deadline);
  got = static_cast<bool>(permit);
}

TEST(Permits, AWaiterLeavesTheLineAtItsDeadline) {
  boost::asio::io_context io;
  Permits permits(1);
  EXPECT_EQ(permits.free(), 1U);
  std::vector<int> order;
  std::vector<StopSource> until(2);
  contract::start(io, hold(permits, 0, order, until[0]));
  std::optional<bool> late;
  contract::start(io, take_by(permits, Permits::TimePoint::min(), late));
  contract::start(io, hold(permits, 2, order, until[1]));
  while (!late) {
    io.run_one();
  }
  EXPECT_EQ(late, false);
  EXPECT_EQ(permits.free(), 0U);
  until[0].request({});
  io.poll();
  EXPECT_EQ(order, (std::vector<int>{0, 2}));
  until[1].request({});
  io.poll();
  EXPECT_EQ(permits.free(), 1U);
}

TEST(Permits, MayOutliveTheContextWhoseCoroutinesHoldAndAwaitIt) {
  Permits permits(1);
  std::vector<int> order;
  std::vector<StopSource> until(2);
  {
    boost::asio::io_context io;
    contract::start(io, hold(permits, 0, order, until[0]));
    contract::start(io, hold(permits, 1, order, until[1]));
    io.poll();
  }
  EXPECT_EQ(order, (std::vector<int>{0}));
}

}  // namespace
}  // namespace claimferry
