#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/sleeper.hpp"

namespace claimferry {

awaitable<void> TimerSleeper::sleep(Duration how_long) {
  auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, how_long);
  // Cancelled and expired look alike to the caller, which asks its stop source next.
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

}  // namespace claimferry
