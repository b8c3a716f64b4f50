// Trouble: makes what a scenario says happen, for ten simulated minutes: what becomes of each call
// of a port, and what happens at random moments. Then it makes everything right again.
#pragma once

#include "tests/world/hosts.hpp"
#include "tests/world/operators.hpp"
#include "tests/world/scenario.hpp"
#include "tests/world/truth.hpp"

namespace claimferry::world {

class Trouble {
 public:
  struct Reach {
    const Scenario& scenario;
    Random& random;
    VirtualTime& time;
    MemoryRedisServer& redis;
    Duration& redis_clock;  // how far Redis' clock is off
    sandbox::Model& payer;
    Duration& payer_clock;
    Truth& truth;
    Hosts& hosts;
    Watch& watch;
    Tally& tally;
    Hosts::Spawn spawn;
    std::function<awaitable<void>()> ask_for_backfill;
    Operators& operators;
  };
  explicit Trouble(Reach reach) : reach_(std::move(reach)) {}

  // Before the first process starts.
  void prepare();
  awaitable<void> make();  // until it is over
  Surroundings::Fate fate(Port port, MemoryRedis::Moment moment);
  // Redis forgot something that it had said.
  bool redis_forgot() const noexcept { return redis_forgot_; }

 private:
  bool one_in(std::uint64_t n) { return reach_.random.below(n) == 0; }
  Duration up_to(Duration most) { return world::up_to(reach_.random, most); }
  WallTime payer_now() const { return reach_.time.unstepped() + reach_.payer_clock; }
  sandbox::LimitSettings some_limit();
  void calm_down();
  void act();
  void pause_one();
  Duration a_pause();
  Duration a_step(Duration off_by);
  void step_a_clock();
  void step_one_host();
  void change_a_claim();
  awaitable<void> fail_over();
  void wipe();
  Failure away(Port port, MemoryRedis::Moment moment);

  Reach reach_;
  bool troubled_ = false;
  bool redis_forgot_ = false;
  SteadyTime redis_back_at_{};
};

}  // namespace claimferry::world
