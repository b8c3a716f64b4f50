#include "common/redis/channel.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/redis/redirect.hpp"

namespace claimferry::redis {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using std::chrono::steady_clock;

// Of one command: a cluster that goes on sending it from node to node is not settled.
constexpr unsigned tries_max = 4;

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
  const auto no_more_tries = steady_clock::now() + deadline;
  const auto kept = std::make_shared<const Command>(std::move(command));
  for (unsigned tries = 1;; ++tries) {
    if (!channel->usable()) {
      auto connected = co_await connect(channel);
      if (!connected) {
        co_return std::move(connected).failure();
      }
    }
    const auto link = channel->link_;
    channel->look_for_master();
    auto reply = co_await Link::command(link, kept, deadline);
    const Detour detour = reply ? detour_of(*reply) : Detour::none;
    if (detour == Detour::none) {
      co_return reply;
    }
    if (detour == Detour::elsewhere) {
      channel->leave(link);
    }
    if (tries == tries_max || channel->closed_ || steady_clock::now() >= no_more_tries) {
      co_return not_served(*reply, link->where());
    }
    if (detour == Detour::later) {
      boost::asio::steady_timer pause(channel->executor_);
      pause.expires_after(channel->options_.reconnect.delay(tries, channel->random_));
      const auto [ec] = co_await pause.async_wait(as_tuple(use_awaitable));
      if (ec) {
        co_return unreachable("the wait for the keys to be moved was cut short; nothing was done");
      }
    }
  }
}

awaitable<Result<void>> Channel::connect(std::shared_ptr<Channel> channel) {
  if (!channel->closed_) {
    channel->begin_attempt();
    co_await channel->settled_.async_wait(as_tuple(use_awaitable));
  }
  if (!channel->usable()) {
    co_return channel->why_not_.value_or(
        unreachable("the wait for a connection was cut short; nothing was sent"));
  }
  co_return Result<void>();
}

// What others have under way there is still answered.
void Channel::leave(const std::shared_ptr<Link>& link) {
  if (link_ == link && !closed_) {
    link_.reset();
    not_before_ = steady_clock::now() + options_.reconnect.delay(1, random_);
  }
  link->retire();
}

void Channel::look_for_master() {
  if (!endpoint_.sentinels || comparison_ != nullptr || steady_clock::now() < next_look_) {
    return;
  }
  comparison_ = std::make_shared<Attempt>(executor_, endpoint_);
  boost::asio::co_spawn(executor_, compare(shared_from_this(), link_), boost::asio::detached);
}

awaitable<void> Channel::compare(std::shared_ptr<Channel> self, std::shared_ptr<Link> link) {
  const auto attempt = self->comparison_;
  const auto opened = co_await Attempt::open(attempt, self->options_.connect_deadline);
  self->comparison_.reset();
  self->next_look_ = steady_clock::now() + self->options_.place_interval;
  if (!opened) {
    co_return;  // no master is known now; what serves goes on serving
  }
  (*opened)->end(unreachable((*opened)->where() + " was found"));
  if ((*opened)->address() != link->address()) {
    self->leave(link);
  }
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
    next_look_ = steady_clock::now() + options_.place_interval;
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
  for (const auto& attempt : {attempt_, comparison_}) {
    if (attempt != nullptr) {
      attempt->give_up(why);
    }
  }
  if (link_ != nullptr) {
    link_->end({FailureKind::local, "redis_disconnected",
                why.detail + "; the command may or may not have run"});
  }
}

}  // namespace claimferry::redis
