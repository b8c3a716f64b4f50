// interruptible: runs one operation so that a StopSource can end it early, without cancelling the
// coroutine that awaits. For page reads and sleeps, which a drain, an operator or a lost lease may
// cut short; never for a refresh or a commit.
#pragma once

#include <list>
#include <optional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/failure.hpp"
#include "common/base/result.hpp"

namespace claimferry {

// One a job. request() once, from the job's own thread; the first reason stays.
class StopSource {
 public:
  void request(Failure why) {
    if (!why_) {
      why_ = std::move(why);
      signal_.emit(boost::asio::cancellation_type::terminal);
    }
  }
  bool requested() const noexcept { return why_.has_value(); }
  const Failure& why() const { return *why_; }
  boost::asio::cancellation_signal& signal() noexcept { return signal_; }

 private:
  std::optional<Failure> why_;
  boost::asio::cancellation_signal signal_;
};

// The operation's result, or the stop's reason. `operation` must answer with a Result when it is
// cancelled, not throw.
template <class T>
awaitable<Result<T>> interruptible(StopSource& stop, awaitable<Result<T>> operation) {
  if (stop.requested()) {
    co_return stop.why();
  }
  auto executor = co_await boost::asio::this_coro::executor;
  auto token =
      boost::asio::bind_cancellation_slot(stop.signal().slot(), boost::asio::use_awaitable);
  Result<T> result =
      co_await boost::asio::co_spawn(executor, std::move(operation), std::move(token));
  if (stop.requested() && !result.ok()) {
    co_return stop.why();
  }
  co_return result;
}

}  // namespace claimferry
