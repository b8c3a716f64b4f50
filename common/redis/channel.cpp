#include "common/redis/channel.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::redis {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using std::chrono::steady_clock;

Failure unreachable(std::string detail) {
  return {FailureKind::local, "redis_unreachable", std::move(detail)};
}

}  // namespace

Channel::Channel(Executor executor, Endpoint endpoint, Options options, Random& random)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      options_(options),
      random_(random),
      in_flight_(options.in_flight_max),
      pause_(executor_),
      settled_(executor_, steady_clock::time_point::max()) {}

awaitable<Result<Reply>> Channel::command(std::shared_ptr<Channel> channel, Command command,
                                          Duration deadline) {
  const auto permit = co_await channel->in_flight_.take();
  if (!permit) {
    co_return unreachable("the wait for a turn was cut short; nothing was sent");
  }
  if (!channel->usable() && !channel->closed_) {
    channel->begin_attempt();
    co_await channel->settled_.async_wait(as_tuple(use_awaitable));
  }
  if (!channel->usable()) {
    co_return channel->why_not_.value_or(
        unreachable("the wait for a connection was cut short; nothing was sent"));
  }
  auto link = channel->link_;
  auto reply = co_await Link::command(std::move(link), std::move(command), deadline);
  co_return reply;
}

void Channel::begin_attempt() {
  if (attempt_ != nullptr) {
    return;
  }
  attempt_ = std::make_shared<Attempt>(executor_, endpoint_);
  why_not_.reset();
  boost::asio::co_spawn(executor_, run(shared_from_this(), attempt_), boost::asio::detached);
}

awaitable<void> Channel::run(std::shared_ptr<Channel> self, std::shared_ptr<Attempt> attempt) {
  self->pause_.expires_at(self->not_before_);
  co_await self->pause_.async_wait(as_tuple(use_awaitable));
  if (self->closed_) {
    co_return;
  }
  auto opened = co_await Attempt::open(attempt, self->options_.connect_deadline);
  self->settle(std::move(opened));
}

void Channel::settle(Attempt::Opened opened) {
  if (closed_) {
    if (opened.ok()) {
      (*opened)->end(*why_not_);
    }
    return;
  }
  attempt_.reset();
  if (opened.ok()) {
    failures_ = 0;
    link_ = *std::move(opened);
  } else {
    why_not_ = std::move(opened).failure();
    not_before_ = steady_clock::now() + options_.reconnect.delay(++failures_, random_);
  }
  settled_.cancel();
}

void Channel::drop_unanswered() {
  if (usable() && link_->has_unanswered()) {
    link_->end({FailureKind::local, "redis_timeout", "the wait was cut short"});
  }
}

void Channel::close() {
  if (closed_) {
    return;
  }
  closed_ = true;
  const Failure why = unreachable(endpoint_.str() + ": this client is closed");
  why_not_ = why;
  pause_.cancel();
  settled_.cancel();
  if (attempt_ != nullptr) {
    attempt_->give_up(why);
  }
  if (link_ != nullptr) {
    link_->end({FailureKind::local, "redis_disconnected",
                why.detail + "; the command may or may not have run"});
  }
}

}  // namespace claimferry::redis
