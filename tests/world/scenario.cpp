#include "tests/world/scenario.hpp"

#include <algorithm>

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;
using sandbox::Faults;
using sandbox::Modes;
using enum Strike;

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

// A second use of a refresh token ends the consent, whatever its reason.
void strict_about_tokens(Modes& modes, Faults& faults) {
  modes.refresh_grace = false;
  modes.access_token_lifetime_seconds = 60;
  faults.latency_ms = {50, 400, 2'000};
  faults.drop_token_answer = 0.02;
}

void slow(Modes&, Faults& faults) {
  faults.latency_ms = {50, 2'000, 8'000};
}

void slow_with_short_tokens(Modes& modes, Faults& faults) {
  slow(modes, faults);
  modes.access_token_lifetime_seconds = 60;
}

void short_tokens_and_lost_answers(Modes& modes, Faults& faults) {
  slow_with_short_tokens(modes, faults);
  faults.drop_token_answer = 0.1;
}

void out_of_order(Modes&, Faults& faults) {
  faults.status_5xx = 1;
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

// Syncs need no refresh for so long that only what keeps tokens alive saves them.
void idle_tokens_die(Modes& modes, Faults& faults) {
  slow(modes, faults);
  modes.access_token_lifetime_seconds = 2'400;
  modes.refresh_token_lifetime_seconds = 1'200;
}

void loses_its_tokens(Modes& modes, Faults& faults) {
  modes.access_token_lifetime_seconds = 60;
  faults.token.invalid_grant = 1;
}

std::vector<Scenario> make() {
  return {
      {.name = "calm",
       .adjustments = true,
       .backfills = true,
       .expects = {adjusted, withdrawn, marked_absent, backfills, refreshes, judged_in_trouble},
       .never = {reaped, dead, retried, leases_lost, fenced_writes, reconsents, refreshes_lost}},
      {.name = "slow_payer",
       .backfills = true,
       .payer = slow,
       .expects = {backfills},
       .never = {reaped, dead, leases_lost, fenced_writes, reconsents}},
      {.name = "shaky_payer",
       .adjustments = true,
       .payer = shaky,
       .expects = {answers_5xx, answers_lost, retried, marked_absent},
       .never = {reaped, fenced_writes}},
      {.name = "odd_answers",
       .payer = odd,
       .expects = {quarantined, retried},
       .never = {reaped, reconsents}},
      {.name = "forgetful_payer",
       .payer = forgetful,
       .expects = {answers_401, links_gone},
       .never = {reaped, reconsents}},
      {.name = "tokens",
       .crash = 0.002,
       .payer = token_trouble,
       .expects = {deaths, refreshes_lost, refreshes_unsure}},
      {.name = "single_use_tokens",
       .crash = 0.003,
       .payer = strict_about_tokens,
       .payer_forgives = false,
       .expects = {deaths, refreshes_lost, reconsents}},
      {.name = "rate_limits",
       .adjustments = true,
       .limits = true,
       .many_workers = false,
       .expects = {answers_429, snoozed},
       .never = {reaped, dead, reconsents}},
      {.name = "rate_limits_of_a_fleet",
       .limits = true,
       .expects = {answers_429, snoozed},
       .never = {reaped, dead, reconsents}},
      {.name = "crashes",
       .crash = 0.01,
       .adjustments = true,
       .backfills = true,
       .payer = slow,
       .expects = {deaths, reaped, marked_absent}},
      {.name = "pauses",
       .pauses = true,
       .backfills = true,
       .payer = slow_with_short_tokens,
       .expects = {pauses, reaped, leases_lost, fenced_writes}},
      {.name = "drains",
       .drains = true,
       .backfills = true,
       .payer = slow,
       .expects = {drains},
       .never = {reaped, dead, reconsents}},
      {.name = "redis_and_sink",
       .redis_failure = 0.03,
       .sink_failure = 0.03,
       .restarts = true,
       .expects = {restarts, redis_lost, redis_unanswered, sink_refused, sink_unanswered, reaped}},
      {.name = "redis_failover",
       .crash = 0.001,
       .failovers = true,
       .clock_steps = true,
       .payer = slow_with_short_tokens,
       .expects = {failovers, clock_steps},
       .settles_within = 3h},
      {.name = "redis_wiped",
       .crash = 0.001,
       .wipes = true,
       .clock_steps = true,
       .payer = slow,
       .expects = {wipes, clock_steps, leases_lost, fenced_writes},
       .settles_within = 3h},
      {.name = "clocks_apart",
       .crash = 0.002,
       .skews = true,
       .payer = short_tokens_and_lost_answers,
       .expects = {deaths, clock_steps, refreshes_lost, answers_401}},
      {.name = "keepalive",
       .pauses_a_member = true,
       .lasts = 1h,
       .payer = idle_tokens_die,
       .expects = {scopes_paused, kept_alive},
       .never = {dead, reconsents, reaped}},
      {.name = "keepalive_in_trouble",
       .crash = 0.002,
       .redis_failure = 0.01,
       .pauses_a_member = true,
       .schedulers = true,
       .lasts = 1h,
       .payer = idle_tokens_die,
       .expects = {scopes_paused, kept_alive, deaths}},
      {.name = "surge_of_refusals",
       .crash = 0.001,
       .surge = true,
       .lasts = 1h,
       .payer = loses_its_tokens,
       .expects = {surges, reconsents},
       .settles_within = 3h},
      {.name = "payer_out_for_hours",
       .backfills = true,
       .lasts = 2h,
       .payer = out_of_order,
       .expects = {answers_5xx, snoozed},
       .never = {dead, reconsents, reaped}},
      {.name = "operators",
       .operators = true,
       .payer = slow,
       .expects = {scopes_paused, rates_bound, cancels, cancelled, reruns, batches, bad_words,
                   backfills, erasures, members_erased},
       .never = {dead, reaped, reconsents}},
      {.name = "operators_in_trouble",
       .crash = 0.004,
       .redis_failure = 0.01,
       .pauses = true,
       .failovers = true,
       .operators = true,
       .schedulers = true,
       .payer = slow,
       .expects = {scopes_paused, cancelled, batches, deaths, failovers, leaders, members_erased},
       .settles_within = 3h},
      {.name = "schedulers",
       .crash = 0.004,
       .pauses = true,
       .backfills = true,
       .schedulers = true,
       .payer = slow,
       .expects = {deaths, pauses, leaders, reaped}},
      {.name = "two_leaders",
       .crash = 0.002,
       .pauses = true,
       .operators = true,
       .schedulers = true,
       .two_leaders = true,
       .payer = slow,
       .expects = {leaders, scopes_paused, batches}},
      {.name = "two_releases",
       .crash = 0.002,
       .drains = true,
       .operators = true,
       .schedulers = true,
       .two_releases = true,
       .payer = slow,
       .expects = {drains, cancelled, reruns, batches}},
      {.name = "everything",
       .crash = 0.003,
       .redis_failure = 0.01,
       .sink_failure = 0.01,
       .pauses = true,
       .drains = true,
       .restarts = true,
       .clock_steps = true,
       .skews = true,
       .adjustments = true,
       .backfills = true,
       .operators = true,
       .schedulers = true,
       .payer = everything,
       .expects = {deaths, pauses, drains, restarts, clock_steps, reaped, retried, leases_lost,
                   sink_unanswered, redis_unanswered, adjusted, withdrawn},
       .settles_within = 3h},
  };
}

}  // namespace

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> all = make();
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  const auto all = scenarios();
  const auto found = std::ranges::find(all, name, &Scenario::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace claimferry::world
