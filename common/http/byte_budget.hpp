// ByteBudget: bounds the bytes of all bodies that one shard holds, from the first byte received
// until the page is stored. First come, first served; a body larger than the whole budget waits
// until it is alone. A body of unknown length reserves as it grows: only one may grow at a time and
// that one never waits, so that half-read bodies cannot wait for each other; the bound is then the
// budget and one largest body.
//
// take() on the shard's thread; what it gave may be let go on any thread, also after this is gone.
#pragma once

#include <cstdint>
#include <memory>

#include "common/async/awaitable.hpp"
#include "common/async/permits.hpp"

namespace claimferry::http {

class ByteBudget {
 public:
  ByteBudget(Executor executor, std::uint64_t bytes_max);
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;
  ~ByteBudget() { close(); }
  // What is let go from here on wakes nobody: the executor may be gone.
  void close() noexcept;

  class Reservation;
  // Empty when the wait was cancelled.
  awaitable<std::shared_ptr<Reservation>> take(std::uint64_t bytes);
  // Whoever holds it may call Reservation::grow.
  awaitable<Permits::Permit> take_growth() { return growth_.take(); }

  std::uint64_t in_use() const noexcept;

 private:
  struct State;
  struct Waiter;
  std::shared_ptr<State> state_;
  Permits growth_{1};
};

class ByteBudget::Reservation {
 public:
  Reservation(std::shared_ptr<State> state, std::uint64_t bytes) noexcept;
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation();
  void grow(std::uint64_t bytes) noexcept;

 private:
  std::shared_ptr<State> state_;
  std::uint64_t bytes_;
};

}  // namespace claimferry::http
