#include "common/redis/attempt.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/assert.hpp"
#include "common/redis/dial.hpp"
#include "common/redis/greet.hpp"
#include "common/redis/sentinel.hpp"

namespace claimferry::redis {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using std::chrono::steady_clock;

// A cluster whose nodes send from one to the other is not settled yet.
constexpr int hops_max = 4;

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
      executor_(executor),
      deadline_(executor),
      step_(executor),
      settled_(executor, steady_clock::time_point::max()),
      resolver_(executor),
      where_(endpoint_.str()) {}

awaitable<Attempt::Opened> Attempt::open(std::shared_ptr<Attempt> attempt, Duration deadline) {
  const Owned owned(attempt);
  attempt->limit(deadline);
  boost::asio::co_spawn(attempt->executor_, connect(attempt), boost::asio::detached);
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

awaitable<void> Attempt::connect(std::shared_ptr<Attempt> self) {
  Result<void> outcome;
  if (self->endpoint_.sentinels) {
    outcome = co_await through_sentinels(self);
  } else {
    outcome = co_await through_nodes(self);
  }
  self->settle(std::move(outcome));
}

awaitable<Result<void>> Attempt::through_nodes(std::shared_ptr<Attempt> self) {
  const auto nodes = self->endpoint_.nodes();
  Result<void> reached;
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    self->limit_step(nodes.size() - at);
    reached = co_await reach(self, nodes[at]);
    if (reached || self->over()) {
      break;
    }
  }
  co_return reached;
}

awaitable<Result<void>> Attempt::through_sentinels(std::shared_ptr<Attempt> self) {
  const auto& sentinels = self->endpoint_.sentinels->addresses;
  Result<void> reached;
  for (std::size_t at = 0; at < sentinels.size() && !self->over(); ++at) {
    self->limit_step(sentinels.size() - at + 1);
    const auto master = co_await find_master(self, sentinels[at]);
    if (!master) {
      reached = master.failure();
      continue;
    }
    self->limit_step(sentinels.size() - at);
    reached = co_await reach(self, *master);
    if (reached) {
      break;
    }
  }
  co_return reached;
}

awaitable<Result<TcpAddress>> Attempt::find_master(std::shared_ptr<Attempt> self,
                                                   TcpAddress sentinel) {
  const Endpoint node = self->endpoint_.sentinel_at(std::move(sentinel));
  auto opened = co_await open_link(self, node);
  if (!opened) {
    co_return std::move(opened).failure();
  }
  const auto link = self->link_;
  const auto greeted = co_await greet(link, node, self->deadline_of_each_);
  if (!greeted) {
    link->end(greeted.failure());
    co_return greeted.failure();
  }
  auto master =
      co_await ask_for_master(link, self->endpoint_.sentinels->master, self->deadline_of_each_);
  link->end(unreachable(link->where() + " was asked"));
  co_return master;
}

awaitable<Result<void>> Attempt::reach(std::shared_ptr<Attempt> self, Address node) {
  for (int hop = 0; hop < hops_max; ++hop) {
    const Endpoint one = self->endpoint_.at(node);
    auto opened = co_await open_link(self, one);
    if (!opened) {
      co_return opened;
    }
    const auto link = self->link_;
    const auto greeted = co_await greet(link, self->endpoint_, self->deadline_of_each_);
    if (!greeted) {
      link->end(greeted.failure());
      co_return greeted.failure();
    }
    if (!*greeted) {
      co_return Result<void>();
    }
    link->end(unreachable(link->where() + " does not serve the keys"));
    node = **greeted;
  }
  co_return unreachable(self->endpoint_.str() +
                        ": its nodes send from one to the other; is the cluster settled?");
}

awaitable<Result<void>> Attempt::open_link(std::shared_ptr<Attempt> self, Endpoint node) {
  self->where_ = node.str();
  self->shaking_hands_ = false;
  self->link_.reset();
  Stream& stream = self->stream_.emplace(self->executor_);
  auto dialled = co_await dial(node, self->resolver_, stream.socket());
  if (self->dropped_) {
    co_return *self->dropped_;  // also of a name that was found too late
  }
  if (!dialled) {
    co_return dialled;
  }
  if (node.is_tls) {
    CLAIMFERRY_ASSERT(node.tls != nullptr);
    self->shaking_hands_ = true;
    auto shaken = co_await stream.encrypt(*node.tls).shake_hands(node);
    self->shaking_hands_ = false;
    if (self->dropped_) {
      co_return *self->dropped_;
    }
    if (!shaken) {
      co_return shaken;
    }
  }
  self->link_ = std::make_shared<Link>(std::move(stream), node.address, self->where_);
  self->stream_.reset();
  self->link_->start();
  co_return Result<void>();
}

void Attempt::limit(Duration deadline) {
  deadline_of_each_ = deadline;
  deadline_.expires_after(deadline);
  deadline_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec) {
      self->give_up(self->late());
    }
  });
}

void Attempt::limit_step(std::size_t steps_left) {
  if (over()) {
    return;
  }
  dropped_.reset();
  const auto now = steady_clock::now();
  const auto left = std::max(deadline_.expiry() - now, steady_clock::duration::zero());
  const auto until = now + left / static_cast<int>(steps_left);
  step_.expires_at(until);
  step_.async_wait([self = shared_from_this(), until](const boost::system::error_code& ec) {
    // A timer that was moved while its handler was due already.
    if (!ec && self->step_.expiry() == until && !self->over()) {
      self->drop(self->late());
    }
  });
}

Failure Attempt::late() const {
  if (shaking_hands_) {
    return unreachable(where_ +
                       " did not finish the TLS handshake in time; does this port speak "
                       "TLS (tls-port)? check " +
                       endpoint_.address_key());
  }
  return unreachable(where_ +
                     " did not accept the connection in time; is the network open? check " +
                     endpoint_.address_key());
}

void Attempt::give_up(Failure why) {
  settle(std::move(why));
}

void Attempt::drop(const Failure& why) {
  dropped_ = why;
  // Whatever hangs is left to itself.
  resolver_.cancel();
  if (stream_) {
    stream_->close();
  }
  if (link_ != nullptr) {
    link_->end(why);
  }
}

void Attempt::settle(Result<void> outcome) {
  if (over()) {
    return;
  }
  outcome_ = std::move(outcome);
  deadline_.cancel();
  step_.cancel();
  if (!outcome_->ok()) {
    drop(outcome_->failure());
  }
  settled_.cancel();
}

}  // namespace claimferry::redis
