// Virtual time: nothing waits. The world polls its io_context until idle and then moves the clock
// to the next sleeper. Sleepers register here; the clock never goes by itself.
#pragma once

#include <map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/sleeper.hpp"
#include "common/base/clock.hpp"

namespace claimferry::world {

class VirtualTime final : public Clock, public Sleeper {
 public:
  explicit VirtualTime(WallTime begins) : wall_at_start_(begins) {}

  WallTime wall() const override {
    return wall_at_start_ + std::chrono::floor<Duration>(steady_ - start);
  }
  // What a clock shows that nobody steps.
  WallTime unstepped() const { return wall() - stepped_by_; }
  SteadyTime steady() const override { return steady_; }
  awaitable<void> sleep(Duration how_long) override;

  bool anyone_asleep() const noexcept { return !sleepers_.empty(); }
  // Moves to the next sleeper and wakes all that are due then.
  void advance_to_next();
  // A clock set forward or back: steady time does not follow.
  void step_wall(Duration by) {
    wall_at_start_ += by;
    stepped_by_ += by;
  }

 private:
  using Sleepers = std::multimap<SteadyTime, boost::asio::steady_timer*>;
  // Lives in the sleeping coroutine, so that the world may outlive the io_context.
  struct Bed {
    Sleepers& sleepers;
    Sleepers::iterator place;
    Bed(Sleepers& all, SteadyTime due, boost::asio::steady_timer& timer)
        : sleepers(all), place(all.emplace(due, &timer)) {}
    Bed(const Bed&) = delete;
    Bed& operator=(const Bed&) = delete;
    ~Bed() { sleepers.erase(place); }
  };

  static constexpr SteadyTime start{std::chrono::hours(1)};

  WallTime wall_at_start_;
  Duration stepped_by_ = Duration::zero();
  SteadyTime steady_ = start;
  Sleepers sleepers_;
};

}  // namespace claimferry::world
