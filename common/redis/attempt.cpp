#include "common/redis/attempt.hpp"

#include <chrono>
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

Failure unreachable(std::string detail) {
  return {FailureKind::local, "redis_unreachable", std::move(detail)};
}

}  // namespace

// Ends what nobody takes, also when the coroutine that waited was destroyed.
struct Attempt::Owned {
  std::shared_ptr<Attempt> attempt;
  explicit Owned(std::shared_ptr<Attempt> whose) : attempt(std::move(whose)) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    const Failure why = unreachable("the wait for a connection was cut short; nothing was sent");
    attempt->give_up(why);
    if (attempt->link_ != nullptr) {
      attempt->link_->end(why);
    }
  }
};

Attempt::Attempt(const Executor& executor, Endpoint endpoint)
    : endpoint_(std::move(endpoint)),
      deadline_(executor),
      settled_(executor, std::chrono::steady_clock::time_point::max()),
      resolver_(executor),
      stream_(executor) {}

awaitable<Attempt::Opened> Attempt::open(std::shared_ptr<Attempt> attempt, Duration deadline) {
  const Owned owned(attempt);
  attempt->limit(deadline);
  const Executor executor = attempt->settled_.get_executor();
  boost::asio::co_spawn(executor, connect(attempt, deadline), boost::asio::detached);
  if (!attempt->over()) {
    co_await attempt->settled_.async_wait(as_tuple(use_awaitable));
  }
  if (!attempt->over()) {
    co_return unreachable("the wait for a connection was cut short; nothing was sent");
  }
  if (!attempt->outcome_->ok()) {
    co_return attempt->outcome_->failure();
  }
  co_return std::exchange(attempt->link_, nullptr);
}

awaitable<void> Attempt::connect(std::shared_ptr<Attempt> self, Duration deadline) {
  auto dialled = co_await dial(self->endpoint_, self->resolver_, self->stream_);
  if (!dialled || self->over()) {
    self->settle(std::move(dialled));
    co_return;
  }
  self->link_ = std::make_shared<Link>(std::move(self->stream_), self->endpoint_.str());
  self->link_->start();
  auto greeted = co_await greet(self->link_, self->endpoint_, deadline);
  self->settle(std::move(greeted));
}

void Attempt::limit(Duration deadline) {
  deadline_.expires_after(deadline);
  deadline_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec) {
      self->give_up(unreachable(self->endpoint_.str() +
                                " did not accept the connection in time; is the network open? "
                                "check redis.url"));
    }
  });
}

void Attempt::give_up(Failure why) {
  settle(std::move(why));
}

void Attempt::settle(Result<void> outcome) {
  if (over()) {
    return;
  }
  outcome_ = std::move(outcome);
  deadline_.cancel();
  if (!outcome_->ok()) {
    // Whatever hangs is left to itself.
    resolver_.cancel();
    boost::system::error_code ignored;
    stream_.close(ignored);
    if (link_ != nullptr) {
      link_->end(outcome_->failure());
    }
  }
  settled_.cancel();
}

}  // namespace claimferry::redis
