// The simulated world: the real worker and scheduler, the shipped Lua, the sandbox's model and a
// sink in memory under one virtual clock. One seed and scenario decide everything; the invariants
// are looked at after each Redis command, the sink is held to the truth whenever a sync ends, and
// at the end everything must be there.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.hpp"
#include "tests/world/planted.hpp"
#include "tests/world/scenario.hpp"

namespace claimferry::world {

struct WorldOptions {
  std::uint64_t seed = 1;
  const Scenario* scenario = nullptr;
  const PlantedBug* planted = nullptr;  // for tests of the world itself
};

struct WorldReport {
  std::string problem;  // empty: all held
  Duration simulated = Duration::zero();
  Duration settled_after = Duration::zero();  // from the end of the trouble
  std::uint64_t redis_commands = 0;
  std::uint64_t requests = 0;
  Tally tally;
};

WorldReport run_world(const WorldOptions& options);

}  // namespace claimferry::world
