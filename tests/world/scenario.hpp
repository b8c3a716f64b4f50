// Scenario: what goes wrong in a simulated world, how often, and what of it must have been seen
// over some seeds. Probabilities are per call of a port while the trouble lasts; actions happen at
// random moments.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/world/tally.hpp"

namespace claimferry::world {

struct Scenario {
  std::string_view name;
  double crash = 0;              // before or after a call
  double redis_failure = 0;      // unreachable before it, or no answer after it
  double sink_failure = 0;       // the same
  bool pauses = false;           // a process stops for longer than its lease
  bool drains = false;           // SIGTERM, and another process comes
  bool restarts = false;         // Redis goes for a while and forgets its scripts
  bool failovers = false;        // Redis loses its last seconds
  bool wipes = false;            // Redis loses everything, and an operator enrols all anew
  bool clock_steps = false;      // clocks jump: a process's, Redis', or all of the fleet's
  bool skews = false;            // processes, Redis and the payer have clocks minutes apart
  bool adjustments = false;      // claims are adjusted and withdrawn
  bool backfills = false;        // an operator asks for them: members with several jobs
  bool pauses_a_member = false;  // an operator, for as long as the trouble lasts
  bool operators = false;     // people pause, resume, cancel, ask for batches, write raw commands
  bool schedulers = false;    // two of them, and one leads
  bool two_leaders = false;   // and each believes that it leads
  bool two_releases = false;  // half of the processes are of the release before
  bool limits = false;        // the payer grants few requests
  bool many_workers = true;
  // The payer refuses everybody's refresh tokens and honours them again: nobody consents anew.
  bool surge = false;
  Duration lasts = std::chrono::minutes(10);                   // the trouble
  void (*payer)(sandbox::Modes&, sandbox::Faults&) = nullptr;  // how the payer behaves
  bool payer_forgives = true;        // a refresh whose answer was lost: it may be asked again
  std::vector<Strike> expects = {};  // each struck, in one of some worlds
  std::vector<Strike> never = {};    // struck in no world
  // How long after the trouble two sweeps of every member must be through.
  Duration settles_within = std::chrono::minutes(30);
};

std::span<const Scenario> scenarios();
const Scenario* find_scenario(std::string_view name);  // null: there is none

}  // namespace claimferry::world
