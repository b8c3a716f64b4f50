// Hosts: the processes of a world. One that died is replaced after a while, as an orchestrator
// does; one that is told to end hands back its jobs first.
#pragma once

#include <memory>
#include <vector>

#include "tests/world/host.hpp"
#include "tests/world/tally.hpp"
#include "tests/world/watch.hpp"

namespace claimferry::world {

class Hosts {
 public:
  using Spawn = std::function<void(awaitable<void>)>;
  Hosts(Surroundings& around, Random& random, Watch& watch, Tally& tally, Spawn spawn)
      : around_(around), random_(random), watch_(watch), tally_(tally), spawn_(std::move(spawn)) {}

  // skew_max: how far a new process's clock may be off, both ways.
  void skew_clocks(Duration skew_max) { skew_max_ = skew_max; }
  void start(bool is_worker);
  void replace_later(bool is_worker) { spawn_(replace(is_worker)); }
  // Null: none is alive.
  Host* anyone_alive();
  void drain_one();

 private:
  awaitable<void> replace(bool is_worker);
  awaitable<void> drain(WorkerHost& host);

  Surroundings& around_;
  Random& random_;
  Watch& watch_;
  Tally& tally_;
  Spawn spawn_;
  Duration skew_max_ = Duration::zero();
  unsigned started_ = 0;
  std::vector<std::unique_ptr<Host>> all_;  // the dead stay: their coroutines refer to them
};

// Uniform in [1 ms, most].
Duration up_to(Random& random, Duration most);

}  // namespace claimferry::world
