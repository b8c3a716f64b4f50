#include "scheduler/scheduler_loop.hpp"

#include <algorithm>

#include "common/base/limits.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::scheduler {
namespace {

constexpr auto batch = static_cast<unsigned>(limits::script_items_max);
constexpr Backoff redis_backoff{std::chrono::milliseconds(200), std::chrono::seconds(5),
                                std::chrono::milliseconds(50)};
// A planned member is looked at again after this, should its job vanish with a lost Redis write.
constexpr auto plan_retry = std::chrono::hours(1);
// Members found with nothing to come are due within this, so that a Redis that lost much is not
// asked for everyone at once.
constexpr auto reconcile_spread = std::chrono::minutes(1);
// Members planned, or begun of batches, by one call: each is a dozen commands of Redis.
constexpr unsigned planned_at_once = 50;
constexpr unsigned keys_scanned = 2'000;  // of Redis' keyspace, a tick: about a millisecond of it

}  // namespace

SchedulerLoop::SchedulerLoop(Ports ports, const config::SchedulerConfig& schedule, Options options)
    : ports_(ports),
      schedule_(schedule),
      tick_(options.tick),
      retention_(options.retention),
      leadership_(ports.clock, ports.upkeep, ports.observer,
                  {std::move(options.holder), options.leader_lease, schedule.interval}),
      redis_(ports.observer, "redis") {
  const auto add = [&](std::string_view name, awaitable<Result<bool>> (SchedulerLoop::*run)()) {
    steps_.push_back({run, telemetry::TroubleReport(ports_.observer, name)});
  };
  add("promote", &SchedulerLoop::promote);
  add("reap", &SchedulerLoop::reap);
  add("carry_out", &SchedulerLoop::carry_out);
  add("take_inbox", &SchedulerLoop::take_inbox);
  add("erase", &SchedulerLoop::erase);
  add("tidy", &SchedulerLoop::tidy);
  add("plan", &SchedulerLoop::plan);
  add("expand", &SchedulerLoop::expand);
  add("reconcile", &SchedulerLoop::reconcile);
  add("audit", &SchedulerLoop::drain_audit);
}

awaitable<void> SchedulerLoop::run() {
  while (!stopping_) {
    const Duration pause = co_await turn();
    if (pause > Duration::zero() && !stopping_) {
      co_await alarm_.wait(ports_.sleeper, pause);
    }
  }
  co_await leadership_.resign();
}

// Answers how long to wait before the next.
awaitable<Duration> SchedulerLoop::turn() {
  const auto leads = co_await leadership_.keep();
  if (!leads) {
    co_return away(leads.failure());
  }
  if (!*leads) {
    redis_.end();
    co_return leadership_.next_look();
  }
  const auto more = co_await round();
  if (!more) {
    co_return away(more.failure());
  }
  redis_.end();
  if (*more) {
    co_return Duration::zero();
  }
  // Spread, so that replicas do not tick in step.
  const auto spread = static_cast<std::uint64_t>(tick_.count() / 4 + 1);
  co_return tick_ + Duration(static_cast<Duration::rep>(ports_.random.below(spread)));
}

// True when any step filled its batch: there is more, now.
awaitable<Result<bool>> SchedulerLoop::round() {
  bool more = false;
  for (Step& step : steps_) {
    const auto done = co_await (this->*step.run)();
    if (done) {
      step.trouble.end();
      more = more || *done;
      continue;
    }
    if (done.failure().kind == FailureKind::lease_lost) {
      leadership_.lost();
      co_return false;
    }
    if (queue::concerns_every_call(done.failure())) {
      co_return done.failure();
    }
    step.trouble.begin(done.failure());
  }
  co_return more;
}

Duration SchedulerLoop::away(const Failure& failure) {
  return redis_backoff.delay(redis_.begin(failure), ports_.random);
}

awaitable<Result<bool>> SchedulerLoop::promote() {
  const auto promoted = co_await ports_.upkeep.promote(leadership_.term(), batch);
  if (!promoted) {
    co_return promoted.failure();
  }
  co_return *promoted == batch;
}

awaitable<Result<bool>> SchedulerLoop::reap() {
  const auto reaped = co_await ports_.queue.reap(batch, schedule_.interval);
  if (!reaped) {
    co_return reaped.failure();
  }
  if (reaped->dead > 0) {
    ports_.observer.on(telemetry::JobsPoisoned{reaped->dead});
  }
  co_return reaped->requeued + reaped->dead == batch;
}

queue::PlanRequest SchedulerLoop::plan_request(WallTime now) const {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  return {planned_at_once, schedule_.queue_ahead_max, schedule_.sweep_interval,
          format_date(today - schedule_.lookback), plan_retry};
}

awaitable<Result<bool>> SchedulerLoop::plan() {
  auto request = plan_request(ports_.clock.wall());
  const auto planned = co_await ports_.upkeep.plan(leadership_.term(), std::move(request));
  if (!planned) {
    co_return planned.failure();
  }
  co_return planned->more_due;
}

awaitable<Result<bool>> SchedulerLoop::tidy() {
  const auto tidied = co_await ports_.upkeep.tidy(leadership_.term(), batch);
  if (!tidied) {
    co_return tidied.failure();
  }
  co_return tidied->resumed >= batch || tidied->dropped >= batch || tidied->runs >= batch;
}

awaitable<Result<bool>> SchedulerLoop::take_inbox() {
  const auto taken = co_await ports_.upkeep.take_inbox(leadership_.term());
  if (!taken) {
    co_return taken.failure();
  }
  co_return taken->taken + taken->refused > 0;
}

awaitable<Result<bool>> SchedulerLoop::carry_out() {
  const auto done = co_await ports_.upkeep.carry_out(leadership_.term());
  if (!done) {
    co_return done.failure();
  }
  co_return done->taken + done->refused > 0;
}

awaitable<Result<bool>> SchedulerLoop::erase() {
  const auto stepped = co_await ports_.upkeep.erase(leadership_.term());
  if (!stepped) {
    co_return stepped.failure();
  }
  if (stepped->erased > 0) {
    ports_.observer.on(telemetry::MembersErased{stepped->erased});
  }
  co_return stepped->looked_at > 0;
}

awaitable<Result<bool>> SchedulerLoop::expand() {
  const auto looked_at =
      co_await ports_.upkeep.expand(leadership_.term(), schedule_.queue_ahead_max);
  if (!looked_at) {
    co_return looked_at.failure();
  }
  // A little further is no reason for another call at once: a full lane has room for few.
  co_return *looked_at >= planned_at_once / 2;
}

awaitable<Result<bool>> SchedulerLoop::drain_audit() {
  co_return co_await ports_.audit.step(leadership_.term());
}

// A page of the members a tick, round and round.
awaitable<Result<bool>> SchedulerLoop::reconcile() {
  const SteadyTime now = ports_.clock.steady();
  if (now < reconcile_next_) {
    co_return false;
  }
  reconcile_next_ = now + tick_;
  auto page = co_await ports_.members.scan(reconcile_from_, keys_scanned);
  if (!page) {
    co_return std::move(page.failure());
  }
  reconcile_from_ = std::move(page->next);
  auto& members = page->members;
  for (std::size_t at = 0; at < members.size(); at += limits::script_items_max) {
    const auto end = std::min(members.size(), at + limits::script_items_max);
    std::vector<MemberId> some(members.begin() + static_cast<std::ptrdiff_t>(at),
                               members.begin() + static_cast<std::ptrdiff_t>(end));
    const auto done = co_await look_after(std::move(some));
    if (!done) {
      co_return done.failure();
    }
  }
  co_return false;
}

awaitable<Result<void>> SchedulerLoop::look_after(std::vector<MemberId> members) {
  const auto found =
      co_await ports_.upkeep.reconcile(leadership_.term(), members, reconcile_spread);
  if (!found) {
    co_return found.failure();
  }
  if (*found > 0) {
    ports_.observer.on(telemetry::MembersReplanned{*found});
  }
  co_return co_await retain(std::move(members));
}

awaitable<Result<void>> SchedulerLoop::retain(std::vector<MemberId> members) {
  if (!retention_) {
    co_return Result<void>();
  }
  const auto acted =
      co_await ports_.upkeep.retain(leadership_.term(), std::move(members), *retention_);
  if (!acted) {
    co_return acted.failure();
  }
  const std::pair<std::string_view, unsigned> actions[] = {
      {"consent_expired", acted->consents_expired},
      {"dormant_noticed", acted->dormant_noticed},
      {"dormant_paused", acted->dormant_paused},
      {"erasure_begun", acted->erasures_begun}};
  for (const auto& [action, moved] : actions) {
    if (moved > 0) {
      ports_.observer.on(telemetry::PolicyActed{action, moved});
    }
  }
  co_return Result<void>();
}

}  // namespace claimferry::scheduler
