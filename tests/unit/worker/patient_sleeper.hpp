// A clock that stands, and sleeps that last until a test has moved it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "common/async/sleeper.hpp"
#include "common/base/clock.hpp"

namespace claimferry::worker {

using namespace std::chrono_literals;

class StandingClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  SteadyTime steady() const override { return SteadyTime(now.time_since_epoch()); }
  WallTime now{1'800'000'000s};
};

// A sleep lasts until a test has moved the clock so far and calls wake_due(), or moves it there.
class PatientSleeper final : public Sleeper {
 public:
  explicit PatientSleeper(StandingClock& clock);
  ~PatientSleeper() override;
  awaitable<void> sleep(Duration how_long) override;
  void wake_due();
  // Moves the clock to the next sleeper.
  void wake_next();

 private:
  struct Sleepers;

  StandingClock& clock_;
  std::unique_ptr<Sleepers> sleepers_;
};

template <class T>
awaitable<void> keep_answer(awaitable<T> operation, std::shared_ptr<std::optional<T>> kept) {
  kept->emplace(co_await std::move(operation));
}

// Runs one coroutine to its end, and moves the clock wherever all wait for it.
void run_through(boost::asio::io_context& io, PatientSleeper& sleeper, awaitable<void> operation);
template <class T>
T run_through(boost::asio::io_context& io, PatientSleeper& sleeper, awaitable<T> operation) {
  auto kept = std::make_shared<std::optional<T>>();
  run_through(io, sleeper, keep_answer(std::move(operation), kept));
  return *std::move(*kept);
}

}  // namespace claimferry::worker
