#include "common/http/byte_budget.hpp"

#include <list>
#include <mutex>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::http {

struct ByteBudget::Waiter {
  std::uint64_t bytes;
  boost::asio::steady_timer called;
  std::shared_ptr<Reservation> granted;
};

struct ByteBudget::State : std::enable_shared_from_this<State> {
  State(Executor runs_on, std::uint64_t most) : executor(std::move(runs_on)), bytes_max(most) {}

  const Executor executor;
  const std::uint64_t bytes_max;
  std::mutex mutex;          // guards what follows, but for the waiters' list
  std::uint64_t in_use = 0;  // written by the shard and by whoever lets a body go
  bool closed = false;
  bool someone_waits = false;
  std::list<Waiter*> waiting;  // the shard's thread only

  bool reserve(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (in_use != 0 && in_use + bytes > bytes_max) {
      someone_waits = true;
      return false;
    }
    in_use += bytes;
    return true;
  }
  void add(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    in_use += bytes;
  }
  void let_go(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    in_use -= bytes;
    if (someone_waits && !closed) {
      someone_waits = false;
      boost::asio::post(executor, [self = shared_from_this()] { self->serve(); });
    }
  }
  void serve() {
    while (!waiting.empty() && reserve(waiting.front()->bytes)) {
      Waiter& next = *waiting.front();
      waiting.pop_front();
      next.granted = std::make_shared<Reservation>(shared_from_this(), next.bytes);
      next.called.cancel();
    }
  }
};

ByteBudget::Reservation::Reservation(std::shared_ptr<State> state, std::uint64_t bytes) noexcept
    : state_(std::move(state)), bytes_(bytes) {}

ByteBudget::Reservation::~Reservation() {
  state_->let_go(bytes_);
}

void ByteBudget::Reservation::grow(std::uint64_t bytes) noexcept {
  state_->add(bytes);
  bytes_ += bytes;
}

ByteBudget::ByteBudget(Executor executor, std::uint64_t bytes_max)
    : state_(std::make_shared<State>(std::move(executor), bytes_max)) {}

void ByteBudget::close() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
}

std::uint64_t ByteBudget::in_use() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->in_use;
}

awaitable<std::shared_ptr<ByteBudget::Reservation>> ByteBudget::take(std::uint64_t bytes) {
  const auto state = state_;
  if (state->waiting.empty() && state->reserve(bytes)) {
    co_return std::make_shared<Reservation>(state, bytes);
  }
  boost::asio::steady_timer timer(state->executor, boost::asio::steady_timer::time_point::max());
  Waiter waiter{bytes, std::move(timer), nullptr};
  state->waiting.push_back(&waiter);
  // Whoever is destroyed while waiting must not stay in the list.
  const std::shared_ptr<Waiter> leave(&waiter,
                                      [state](Waiter* gone) { state->waiting.remove(gone); });
  state->serve();
  co_await waiter.called.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return std::move(waiter.granted);
}

}  // namespace claimferry::http
