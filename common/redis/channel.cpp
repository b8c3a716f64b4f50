#include "common/redis/channel.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/redis/dial.hpp"

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
  attempt_ = std::make_shared<Attempt>(executor_);
  why_not_.reset();
  boost::asio::co_spawn(executor_, run(shared_from_this(), attempt_), boost::asio::detached);
}

awaitable<void> Channel::run(std::shared_ptr<Channel> self, AttemptPointer attempt) {
  attempt->timer.expires_at(self->not_before_);
  co_await attempt->timer.async_wait(as_tuple(use_awaitable));
  if (attempt->over) {
    co_return;
  }
  self->limit(attempt);
  auto outcome = co_await connect(self, attempt);
  self->settle(attempt, std::move(outcome));
}

awaitable<Result<void>> Channel::connect(std::shared_ptr<Channel> self, AttemptPointer attempt) {
  auto dialled = co_await dial(self->endpoint_, attempt->resolver, attempt->stream);
  if (!dialled || attempt->over) {
    co_return dialled;
  }
  attempt->link = std::make_shared<Link>(std::move(attempt->stream), self->endpoint_.str());
  attempt->link->start();
  auto greeted = co_await greet(attempt->link, self->endpoint_, self->options_.connect_deadline);
  co_return greeted;
}

void Channel::limit(const AttemptPointer& attempt) {
  attempt->timer.expires_after(options_.connect_deadline);
  attempt->timer.async_wait(
      [self = shared_from_this(), attempt](const boost::system::error_code& ec) {
        if (!ec) {
          self->settle(attempt, unreachable(self->endpoint_.str() +
                                            " did not accept the connection in time; is the "
                                            "network open? check redis.url"));
        }
      });
}

void Channel::settle(const AttemptPointer& attempt, Result<void> outcome) {
  if (attempt->over) {
    return;
  }
  attempt->over = true;
  attempt->timer.cancel();
  attempt_.reset();
  if (outcome.ok()) {
    failures_ = 0;
    link_ = attempt->link;
  } else {
    why_not_ = std::move(outcome).failure();
    // A name server may hang for longer than we wait: the attempt is left to itself.
    attempt->resolver.cancel();
    boost::system::error_code ignored;
    attempt->stream.close(ignored);
    if (attempt->link != nullptr) {
      attempt->link->end(*why_not_);
    }
    if (!closed_) {
      not_before_ = steady_clock::now() + options_.reconnect.delay(++failures_, random_);
    }
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
  if (attempt_ != nullptr) {
    const AttemptPointer attempt = attempt_;
    settle(attempt, why);
  }
  why_not_ = why;
  if (link_ != nullptr) {
    link_->end({FailureKind::local, "redis_disconnected",
                why.detail + "; the command may or may not have run"});
  }
}

}  // namespace claimferry::redis
