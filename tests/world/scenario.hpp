// Scenario: what goes wrong in a simulated world, and how often. Probabilities are per call of a
// port while the trouble lasts; actions happen at random moments.
#pragma once

#include <array>
#include <string_view>

#include "tests/sandbox/model/settings.hpp"

namespace claimferry::world {

struct Scenario {
  std::string_view name;
  double crash = 0;          // before or after a call
  double redis_failure = 0;  // unreachable before it, or no answer after it
  double sink_failure = 0;
  bool pauses = false;       // a process stops for longer than its lease
  bool drains = false;       // SIGTERM, and another process comes
  bool restarts = false;     // Redis goes for a while and forgets its scripts
  bool failovers = false;    // Redis loses its last seconds
  bool clock_steps = false;  // the wall clock jumps
  bool adjustments = false;  // claims are adjusted and withdrawn
  bool limits = false;       // the payer grants few requests
  bool many_workers = true;
  void (*payer)(sandbox::Modes&, sandbox::Faults&) = nullptr;  // how the payer behaves
};

inline constexpr std::size_t scenario_count = 12;
const std::array<Scenario, scenario_count>& scenarios();

}  // namespace claimferry::world
