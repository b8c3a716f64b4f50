// Permits: a counted cap on what runs at once in one shard (requests in flight, connections to one
// origin). First come, first served: a permit given back goes to the longest waiter by hand.
// Single-threaded: no locks. Owns no timer (each waiter's lives in its coroutine), so that it may
// outlive the io_context.
#pragma once

#include <list>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/awaitable.hpp"

namespace claimferry {

class Permits {
 public:
  using TimePoint = boost::asio::steady_timer::time_point;
  // Gives itself back when it goes. Empty after a wait that was cancelled or met its deadline.
  class Permit {
   public:
    Permit() = default;
    explicit Permit(Permits& owner) noexcept : owner_(&owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (owner_ != nullptr) {
        owner_->give_back();
      }
    }
    explicit operator bool() const noexcept { return owner_ != nullptr; }

   private:
    Permits* owner_ = nullptr;
  };

  explicit Permits(unsigned count) : free_(count) {}

  awaitable<Permit> take(TimePoint deadline = TimePoint::max()) {
    if (free_ > 0) {
      --free_;
      co_return Permit(*this);
    }
    const auto executor = co_await boost::asio::this_coro::executor;
    Waiter waiter(*this, executor, deadline);
    co_await waiter.called.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return waiter.take_permit();
  }

  unsigned free() const noexcept { return free_; }

 private:
  struct Waiter {
    Permits& owner;
    boost::asio::steady_timer called;
    std::optional<std::list<Waiter*>::iterator> place;
    bool granted = false;

    Waiter(Permits& permits, const Executor& executor, TimePoint deadline)
        : owner(permits),
          called(executor, deadline),
          place(permits.waiting_.insert(permits.waiting_.end(), this)) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (place) {
        owner.waiting_.erase(*place);
      }
      if (granted) {
        owner.give_back();  // granted, but its coroutine ended before it ran again
      }
    }
    Permit take_permit() {
      if (!granted) {
        return Permit();
      }
      granted = false;
      return Permit(owner);
    }
  };

  void give_back() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    Waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.place.reset();
    next.granted = true;
    next.called.cancel();
  }

  unsigned free_;
  std::list<Waiter*> waiting_;
};

}  // namespace claimferry
