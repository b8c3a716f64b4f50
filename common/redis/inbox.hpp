// Inbox: what a subscription received and its coroutine has not passed on yet, and why nothing more
// will come. Decides no deadline and knows no connection.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/failure.hpp"

namespace claimferry::redis {

// Used on its executor's thread only. Unbounded, because its one reader takes all of it at each
// turn of the loop.
class Inbox {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Inbox(const Executor& executor) : woken_(executor) {}

  void put(std::string message);  // not after the end
  // What was put before is still taken. The first reason stays.
  void end(Failure why);
  // Ends, and nothing is taken any more.
  void close(Failure why);

  std::optional<std::string> take();
  bool empty() const noexcept { return messages_.empty(); }
  const std::optional<Failure>& ended() const noexcept { return ended_; }
  // Until there is something to take, the end, or `until`. False: the wait was cut short, and the
  // coroutine is to end.
  awaitable<bool> wait(Time until = Time::max());

 private:
  std::deque<std::string> messages_;
  std::optional<Failure> ended_;
  boost::asio::steady_timer woken_;  // cancelled when there is news
};

}  // namespace claimferry::redis
