#include "common/http/byte_budget.hpp"

#include <list>
#include <mutex>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::http {

// Waits for a first reservation (held is empty) or for a further step of one.
struct ByteBudget::Waiter {
  Waiter(std::list<Waiter*>& queue, std::uint64_t wanted, Held has, const Executor& executor,
         SteadyTime deadline)
      : waiting(queue),
        bytes(wanted),
        held(std::move(has)),
        called(executor, deadline),
        place(queue.insert(queue.end(), this)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  // Whoever is late, cancelled or destroyed while waiting must not stay in the queue.
  ~Waiter() { leave(); }
  void leave() {
    if (place) {
      waiting.erase(*place);
      place.reset();
    }
  }

  std::list<Waiter*>& waiting;
  std::uint64_t bytes;
  Held held;
  boost::asio::steady_timer called;  // expires at the deadline
  std::optional<std::list<Waiter*>::iterator> place;
  bool granted = false;
};

struct ByteBudget::State : std::enable_shared_from_this<State> {
  State(Executor runs_on, std::uint64_t most) : executor(std::move(runs_on)), bytes_max(most) {}

  const Executor executor;
  const std::uint64_t bytes_max;
  std::mutex mutex;                        // guards what follows, but for the lists
  std::uint64_t in_use = 0;                // written by the shard and by whoever lets a body go
  const Reservation* overdrawn = nullptr;  // likewise; null whenever in_use fits the budget
  bool closed = false;
  bool someone_waits = false;
  // The shard's thread only.
  std::list<Waiter*> growing;  // served before newcomers: what is half-read ends first
  std::list<Waiter*> arriving;

  bool fits(std::uint64_t bytes) const { return in_use == 0 || in_use + bytes <= bytes_max; }

  bool reserve(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (!fits(bytes)) {
      someone_waits = true;
      return false;
    }
    in_use += bytes;
    return true;
  }
  bool extend(Reservation& held, std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (!fits(bytes)) {
      if (overdrawn != nullptr && overdrawn != &held) {
        someone_waits = true;
        return false;
      }
      overdrawn = &held;
    }
    in_use += bytes;
    held.bytes_ += bytes;
    return true;
  }
  void add(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    in_use += bytes;
  }
  // On any thread.
  void let_go(const Reservation& held, std::uint64_t bytes, bool is_last) {
    const std::lock_guard lock(mutex);
    in_use -= bytes;
    if (in_use <= bytes_max || (is_last && overdrawn == &held)) {
      overdrawn = nullptr;
    }
    if (someone_waits && !closed) {
      someone_waits = false;
      boost::asio::post(executor, [self = shared_from_this()] { self->serve(); });
    }
  }

  bool grant(Waiter& waiter) {
    if (waiter.held) {
      return extend(*waiter.held, waiter.bytes);
    }
    if (reserve(waiter.bytes)) {
      waiter.held = std::make_shared<Reservation>(shared_from_this(), waiter.bytes);
    }
    return waiter.held != nullptr;
  }
  void serve() {
    for (auto* waiting : {&growing, &arriving}) {
      while (!waiting->empty()) {
        Waiter& next = *waiting->front();
        if (!grant(next)) {
          return;
        }
        next.leave();
        next.granted = true;
        next.called.cancel();
      }
    }
  }
};

ByteBudget::Reservation::Reservation(std::shared_ptr<State> state, std::uint64_t bytes) noexcept
    : state_(std::move(state)), bytes_(bytes) {}

ByteBudget::Reservation::~Reservation() {
  state_->let_go(*this, bytes_, true);
}

void ByteBudget::Reservation::shrink_to(std::uint64_t bytes) noexcept {
  if (bytes < bytes_) {
    const std::uint64_t more = bytes_ - bytes;
    bytes_ = bytes;
    state_->let_go(*this, more, false);
  }
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

awaitable<Result<ByteBudget::Held>> ByteBudget::take(std::uint64_t bytes, SteadyTime deadline) {
  const auto state = state_;
  if (state->growing.empty() && state->arriving.empty() && state->reserve(bytes)) {
    co_return std::make_shared<Reservation>(state, bytes);
  }
  co_return co_await wait(state, bytes, Held(), deadline);
}

awaitable<Result<void>> ByteBudget::grow(Held held, std::uint64_t bytes, SteadyTime deadline) {
  const auto state = state_;
  // The body in overdraft passes those that wait for it.
  if (state->extend(*held, bytes)) {
    co_return Result<void>();
  }
  auto grown = co_await wait(state, bytes, std::move(held), deadline);
  if (!grown) {
    co_return std::move(grown.failure());
  }
  co_return Result<void>();
}

ByteBudget::Held ByteBudget::take_at_once(std::uint64_t bytes) {
  state_->add(bytes);
  return std::make_shared<Reservation>(state_, bytes);
}

awaitable<Result<ByteBudget::Held>> ByteBudget::wait(std::shared_ptr<State> state,
                                                     std::uint64_t bytes, Held held,
                                                     SteadyTime deadline) {
  auto& queue = held ? state->growing : state->arriving;
  Waiter waiter(queue, bytes, std::move(held), state->executor, deadline);
  state->serve();
  boost::system::error_code ec;
  if (!waiter.granted) {
    co_await waiter.called.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
  }
  if (waiter.granted) {
    co_return std::move(waiter.held);
  }
  // The next in the queue may want less.
  waiter.leave();
  state->serve();
  if (ec) {
    co_return Failure{FailureKind::retryable, "cancelled", "the request was given up"};
  }
  co_return Failure{FailureKind::local, "body_budget",
                    "the bodies in flight left no room for another one in time; raise "
                    "worker.body_bytes_in_flight_max or lower worker.requests_in_flight_max"};
}

}  // namespace claimferry::http
