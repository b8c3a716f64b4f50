// The simulated world: the real worker and scheduler, the shipped Lua, the sandbox's model and a
// sink in memory under one virtual clock. One seed and scenario decide everything; the invariants
// are looked at after each Redis command, and at the end the sink must hold what the ledger says.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.hpp"
#include "tests/world/scenario.hpp"

namespace claimferry::world {

// A bug to be planted once, for tests of the world itself: which invariant is to break.
enum class Planted : std::uint8_t { none, i1, i2, i3, i4, i5, i6, i7, lost_claim, wrong_claim };

struct WorldOptions {
  std::uint64_t seed = 1;
  const Scenario* scenario = nullptr;
  Planted planted = Planted::none;
};

struct WorldReport {
  std::string problem;  // empty: all held
  Duration simulated = Duration::zero();
  std::uint64_t redis_commands = 0;
  std::uint64_t requests = 0;
  unsigned deaths = 0;
};

WorldReport run_world(const WorldOptions& options);

}  // namespace claimferry::world
