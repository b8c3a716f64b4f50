// interruptible: runs one operation so that a StopSource can end it early, without cancelling the
// coroutine that awaits. For page reads and sleeps, which a drain, an operator or a lost lease may
// cut short; never for a refresh or a commit.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/assert.hpp"
#include "common/base/failure.hpp"
#include "common/base/result.hpp"

namespace claimferry {

// One a job. Used on the job's own thread only; the first reason stays. It stops one operation at a
// time: a second would take the first one's place in the signal's slot.
class StopSource {
 public:
  // Around the one operation that may be stopped. No guard object: a coroutine that is cut off for
  // good writes nothing behind itself.
  void begin_use() {
    CLAIMFERRY_ASSERT(!in_use_);
    in_use_ = true;
  }
  void end_use() noexcept { in_use_ = false; }

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
  bool in_use_ = false;
};

// Cancellation ends the operation's waits with an error code; it never throws through them.
inline awaitable<void> without_throwing_on_cancel(awaitable<void> operation) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await std::move(operation);
}
// An optional, because co_spawn wants what it carries to be default-constructible.
template <class T>
awaitable<std::optional<T>> without_throwing_on_cancel(awaitable<T> operation) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  std::optional<T> result(co_await std::move(operation));
  co_return result;
}

// The operation's result, or the stop's reason. A result that arrived in spite of the stop is kept.
template <class T>
awaitable<Result<T>> interruptible(StopSource& stop, awaitable<Result<T>> operation) {
  if (stop.requested()) {
    co_return stop.why();
  }
  stop.begin_use();
  auto executor = co_await boost::asio::this_coro::executor;
  auto token =
      boost::asio::bind_cancellation_slot(stop.signal().slot(), boost::asio::use_awaitable);
  auto guarded = without_throwing_on_cancel(std::move(operation));
  auto result = co_await boost::asio::co_spawn(executor, std::move(guarded), std::move(token));
  stop.end_use();
  if (stop.requested() && !result->ok()) {
    co_return stop.why();
  }
  co_return std::move(*result);
}

}  // namespace claimferry
