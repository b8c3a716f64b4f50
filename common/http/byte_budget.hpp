// ByteBudget: bounds the bytes of all bodies that one shard holds, from the first byte received
// until the page is stored. First come, first served; a body larger than the whole budget waits
// until it is alone. A body of unknown length reserves step by step, as it grows.
//
// No half-read bodies wait for each other: a step that does not fit is granted all the same unless
// a body is already in overdraft, and the body in overdraft takes its further steps without
// waiting. Whoever waits for a step thus waits for the one body that never waits itself, and that
// one ends by its request's deadline at the latest; whoever waits for a first reservation holds
// nothing. A body that stalls holds up others only while the budget is full and it is the one in
// overdraft, and no wait is longer than its own deadline. The bound is the budget and one largest
// body.
//
// take() and grow() on the shard's thread; what they gave may be let go on any thread, also after
// this is gone.
#pragma once

#include <cstdint>
#include <memory>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"

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
  using Held = std::shared_ptr<Reservation>;
  // Failures: local/"body_budget" when there is no room by the deadline, which is our memory's
  // doing and not the payer's; retryable/"cancelled".
  awaitable<Result<Held>> take(std::uint64_t bytes, SteadyTime deadline);
  // Adds a step to what is held. Fails like take(); what is held then stays.
  awaitable<Result<void>> grow(Held held, std::uint64_t bytes, SteadyTime deadline);
  // Counts without waiting: for answers so small and so dear that they must not be lost to a wait.
  Held take_at_once(std::uint64_t bytes);

  std::uint64_t in_use() const noexcept;

 private:
  struct State;
  struct Waiter;
  static awaitable<Result<Held>> wait(std::shared_ptr<State> state, std::uint64_t bytes, Held held,
                                      SteadyTime deadline);
  std::shared_ptr<State> state_;
};

class ByteBudget::Reservation {
 public:
  Reservation(std::shared_ptr<State> state, std::uint64_t bytes) noexcept;
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation();
  // Gives back what is more than `bytes`.
  void shrink_to(std::uint64_t bytes) noexcept;

 private:
  friend class ByteBudget;
  std::shared_ptr<State> state_;
  std::uint64_t bytes_;
};

}  // namespace claimferry::http
