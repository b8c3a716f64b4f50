#include "tests/world/trouble.hpp"

#include "common/base/limits.hpp"

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;
using Moment = MemoryRedis::Moment;

// A call to Redis or the sink takes up to this there, and as much back.
constexpr Duration way_max = 25ms;
// A lost answer is one that is waited for in vain.
constexpr Duration gives_up_after = limits::redis_command_deadline;
constexpr Duration skew_max = 3min;
// Beside pauses at random moments: where it hurts most, between two calls.
constexpr double pause_between_calls = 0.002;
constexpr double pause_before_the_sink = 0.03;

}  // namespace

void Trouble::prepare() {
  if (reach_.scenario.skews) {
    reach_.hosts.skew_clocks(skew_max);
    reach_.redis_clock = up_to(2 * skew_max) - skew_max;
    reach_.payer_clock = up_to(2 * skew_max) - skew_max;
  }
}

Failure Trouble::away(Port port, Moment moment) {
  const bool is_redis = port == Port::redis;
  const bool arrived = moment == Moment::after;
  ++reach_.tally[is_redis ? (arrived ? Strike::redis_unanswered : Strike::redis_lost)
                          : (arrived ? Strike::sink_unanswered : Strike::sink_refused)];
  if (is_redis) {
    return {FailureKind::local, arrived ? "redis_timeout" : "redis_unreachable",
            "Redis did not answer"};
  }
  return {FailureKind::local, "sink_unavailable", "the sink did not answer"};
}

Surroundings::Fate Trouble::fate(Port port, Moment moment) {
  Surroundings::Fate fate;
  if (port == Port::redis && moment == Moment::before && reach_.time.steady() < redis_back_at_) {
    fate.answer = away(port, moment);
    return fate;
  }
  if (port != Port::payer) {
    fate.takes = up_to(way_max);
  }
  if (!troubled_) {
    return fate;
  }
  const Scenario& scenario = reach_.scenario;
  fate.die = reach_.random.unit() < scenario.crash;
  const bool at_the_sink = port == Port::sink && moment == Moment::before;
  const double pause = at_the_sink ? pause_before_the_sink : pause_between_calls;
  if (scenario.pauses && reach_.random.unit() < pause) {
    fate.stands_still = a_pause();
  }
  const double failure = port == Port::redis  ? scenario.redis_failure
                         : port == Port::sink ? scenario.sink_failure
                                              : 0;
  if (reach_.random.unit() < failure) {
    fate.answer = away(port, moment);
    fate.takes += moment == Moment::after ? gives_up_after : Duration::zero();
  }
  return fate;
}

awaitable<void> Trouble::make() {
  troubled_ = true;
  if (reach_.scenario.payer != nullptr) {
    reach_.scenario.payer(reach_.payer.modes(), reach_.payer.faults());
  }
  if (reach_.scenario.limits) {
    reach_.payer.limit().configure(some_limit(), payer_now());
  }
  if (reach_.scenario.pauses_a_member) {
    // Not before its first refresh: until then nobody knows how long its tokens live.
    co_await reach_.time.sleep(1min);
    reach_.operators.pause_a_member();
  }
  const SteadyTime until = reach_.time.steady() + reach_.scenario.lasts;
  while (reach_.time.steady() < until) {
    const Duration pause = up_to(20s);
    co_await reach_.time.sleep(pause);
    act();
  }
  calm_down();
}

// Seconds, which a job waits out in its slot, or a minute's few requests, for whose end it is
// snoozed.
sandbox::LimitSettings Trouble::some_limit() {
  sandbox::LimitSettings limit;
  limit.kind = one_in(2) ? sandbox::LimitKind::token_bucket : sandbox::LimitKind::fixed_window;
  limit.rate = 1 + static_cast<double>(reach_.random.below(4));
  limit.burst = 3;
  limit.retry_after = static_cast<sandbox::RetryAfter>(reach_.random.below(3));
  if (one_in(3)) {
    limit.kind = sandbox::LimitKind::fixed_window;
    limit.window_ms = 60'000;
    limit.rate /= 10;
  }
  return limit;
}

// A clock that is off stays so, and so does what the payer is: how long its tokens live.
void Trouble::calm_down() {
  troubled_ = false;
  reach_.operators.resume_everything();
  sandbox::Modes calm;
  calm.refresh_grace = reach_.payer.modes().refresh_grace;
  calm.refresh_token_lifetime_seconds = reach_.payer.modes().refresh_token_lifetime_seconds;
  reach_.payer.modes() = calm;
  reach_.payer.faults() = sandbox::Faults();
  reach_.payer.limit().configure(sandbox::LimitSettings(), payer_now());
}

void Trouble::act() {
  const Scenario& scenario = reach_.scenario;
  if (scenario.pauses && one_in(3)) {
    pause_one();
  }
  if (scenario.drains && one_in(4)) {
    reach_.hosts.drain_one();
  }
  if (scenario.restarts && one_in(5)) {
    ++reach_.tally[Strike::restarts];
    reach_.redis.restart();
    redis_back_at_ = reach_.time.steady() + up_to(40s);
  }
  if (scenario.failovers && one_in(4)) {
    reach_.spawn(fail_over());
  }
  if (scenario.wipes && one_in(20)) {
    wipe();
  }
  if (scenario.clock_steps && one_in(4)) {
    step_a_clock();
  }
  if (scenario.skews && one_in(4)) {
    step_one_host();
  }
  if (scenario.adjustments && one_in(2)) {
    change_a_claim();
  }
  if (scenario.operators && one_in(2)) {
    reach_.operators.act();
  }
  if (scenario.backfills && one_in(4)) {
    ++reach_.tally[Strike::backfills];
    reach_.spawn(reach_.ask_for_backfill());
  }
}

Duration Trouble::a_pause() {
  ++reach_.tally[Strike::pauses];
  return 20s + up_to(80s);
}

void Trouble::pause_one() {
  if (Host* host = reach_.hosts.anyone_alive()) {
    host->pause_until(reach_.time.steady() + a_pause());
  }
}

// Clocks stray by an hour at most: what waits by a clock waits as long.
Duration Trouble::a_step(Duration off_by) {
  ++reach_.tally[Strike::clock_steps];
  const Duration far = up_to(one_in(4) ? Duration(1h) : Duration(2min));
  const Duration step = one_in(2) ? far : -far;
  const bool too_far = std::chrono::abs(off_by + step) > 1h;
  return too_far ? -step : step;
}

void Trouble::step_one_host() {
  if (Host* host = reach_.hosts.anyone_alive()) {
    host->clock().step(a_step(host->clock().off_by()));
  }
}

void Trouble::step_a_clock() {
  if (one_in(3)) {
    step_one_host();
    return;
  }
  if (one_in(2)) {
    reach_.redis_clock += a_step(reach_.redis_clock);
  } else {
    // The whole fleet's, as when one machine serves all.
    reach_.time.step_wall(a_step(reach_.time.wall() - reach_.time.unstepped()));
  }
}

void Trouble::change_a_claim() {
  const auto member = reach_.random.below(reach_.payer.members().size());
  if (one_in(3)) {
    reach_.tally[Strike::withdrawn] += reach_.truth.withdraw(member) ? 1 : 0;
  } else {
    reach_.tally[Strike::adjusted] += reach_.truth.adjust(member) ? 1 : 0;
  }
}

// The last second is what an asynchronous replica may lack.
awaitable<void> Trouble::fail_over() {
  const auto replica = reach_.redis.keys().save();
  const Duration lag = up_to(1s);
  co_await reach_.time.sleep(lag);
  reach_.redis.keys().restore(replica);
  reach_.redis.restart();
  reach_.watch.redis_lost_writes();
  redis_forgot_ = true;
  ++reach_.tally[Strike::failovers];
  redis_back_at_ = reach_.time.steady() + up_to(5s);
}

void Trouble::wipe() {
  reach_.redis.wipe();
  reach_.watch.redis_lost_writes();
  redis_forgot_ = true;
  ++reach_.tally[Strike::wipes];
  redis_back_at_ = reach_.time.steady() + up_to(5s);
}

}  // namespace claimferry::world
