#include "tests/world/scenario.hpp"

namespace claimferry::world {
namespace {

using sandbox::Faults;
using sandbox::Modes;

void shaky(Modes&, Faults& faults) {
  faults.latency_ms = {20, 400, 3'000};
  faults.status_5xx = 0.05;
  faults.reset = 0.03;
  faults.truncated_body = 0.03;
  faults.malformed_body = 0.03;
  faults.stall = 0.01;
}

void odd(Modes& modes, Faults& faults) {
  modes.foreign_patient = true;
  modes.broken_entry = true;
  modes.volatile_meta = true;
  modes.numbers_as_strings = true;
  modes.next_link = sandbox::NextLink::opaque;
  faults.outcome_200 = 0.05;
  faults.duplicate_entries = 0.2;
}

void forgetful(Modes& modes, Faults& faults) {
  modes.next_link = sandbox::NextLink::relative;
  faults.expired_next_links = 0.05;
  faults.expire_access_tokens = 0.2;
}

void token_trouble(Modes& modes, Faults& faults) {
  modes.access_token_lifetime_seconds = 120;
  modes.no_expires_in = true;
  faults.drop_token_answer = 0.1;
  faults.reset = 0.02;
}

void slow(Modes&, Faults& faults) {
  faults.latency_ms = {50, 2'000, 8'000};
}

void everything(Modes& modes, Faults& faults) {
  shaky(modes, faults);
  modes.volatile_meta = true;
  modes.access_token_lifetime_seconds = 300;
  faults.expire_access_tokens = 0.05;
  faults.drop_token_answer = 0.03;
  faults.expired_next_links = 0.02;
  faults.duplicate_entries = 0.1;
}

}  // namespace

const std::array<Scenario, scenario_count>& scenarios() {
  static const std::array<Scenario, scenario_count> all{{
      {.name = "calm", .adjustments = true},
      {.name = "shaky_payer", .adjustments = true, .payer = shaky},
      {.name = "odd_answers", .payer = odd},
      {.name = "forgetful_payer", .payer = forgetful},
      {.name = "tokens", .crash = 0.002, .payer = token_trouble},
      {.name = "rate_limits", .adjustments = true, .limits = true, .many_workers = false},
      {.name = "crashes", .crash = 0.01, .adjustments = true, .payer = slow},
      {.name = "pauses", .pauses = true, .payer = slow},
      {.name = "drains", .drains = true, .payer = slow},
      {.name = "redis_trouble", .redis_failure = 0.03, .sink_failure = 0.03, .restarts = true},
      {.name = "redis_failover",
       .crash = 0.001,
       .failovers = true,
       .clock_steps = true,
       .payer = slow},
      {.name = "everything",
       .crash = 0.003,
       .redis_failure = 0.01,
       .sink_failure = 0.01,
       .pauses = true,
       .drains = true,
       .restarts = true,
       .clock_steps = true,
       .adjustments = true,
       .payer = everything},
  }};
  return all;
}

}  // namespace claimferry::world
