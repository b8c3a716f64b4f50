#include "common/redis/inbox.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::redis {

void Inbox::put(std::string message) {
  if (!ended_) {
    messages_.push_back(std::move(message));
    woken_.cancel();
  }
}

void Inbox::end(Failure why) {
  if (!ended_) {
    ended_ = std::move(why);
    woken_.cancel();
  }
}

void Inbox::close(Failure why) {
  messages_.clear();
  end(std::move(why));
}

std::optional<std::string> Inbox::take() {
  if (empty()) {
    return std::nullopt;
  }
  std::optional<std::string> first = std::move(messages_.front());
  messages_.pop_front();
  return first;
}

awaitable<bool> Inbox::wait(Time until) {
  if (empty() && !ended_) {
    woken_.expires_at(until);
    co_await woken_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  const auto told = co_await boost::asio::this_coro::cancellation_state;
  co_return told.cancelled() == boost::asio::cancellation_type::none;
}

}  // namespace claimferry::redis
