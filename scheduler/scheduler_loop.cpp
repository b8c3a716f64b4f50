#include "scheduler/scheduler_loop.hpp"

#include "common/base/limits.hpp"

namespace claimferry::scheduler {
namespace {

constexpr auto batch = static_cast<unsigned>(limits::script_items_max);
constexpr Backoff redis_backoff{std::chrono::milliseconds(200), std::chrono::seconds(5),
                                std::chrono::milliseconds(50)};
// A planned member is looked at again after this, should its job vanish with a lost Redis write.
constexpr auto plan_retry = std::chrono::hours(1);

}  // namespace

awaitable<void> SchedulerLoop::run() {
  while (!stopping_) {
    const auto more = co_await round();
    const Duration pause = pause_after(more);
    if (pause > Duration::zero() && !stopping_) {
      co_await alarm_.wait(ports_.sleeper, pause);
    }
  }
}

// True when any of the three filled its batch: there is more, now.
awaitable<Result<bool>> SchedulerLoop::round() {
  auto promoted = co_await ports_.queue.promote(batch);
  if (!promoted) {
    co_return std::move(promoted.failure());
  }
  auto reaped = co_await ports_.queue.reap(batch, schedule_.interval);
  if (!reaped) {
    co_return std::move(reaped.failure());
  }
  auto request = plan_request(ports_.clock.wall());
  auto planned = co_await ports_.queue.plan(std::move(request));
  if (!planned) {
    co_return std::move(planned.failure());
  }
  const bool more = *promoted == batch || reaped->requeued + reaped->dead == batch ||
                    (planned->more_due && !planned->queue_full);
  co_return more;
}

queue::PlanRequest SchedulerLoop::plan_request(WallTime now) const {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  return {batch, schedule_.queue_ahead_max, schedule_.sweep_interval,
          format_date(today - schedule_.lookback), plan_retry};
}

Duration SchedulerLoop::pause_after(const Result<bool>& more) {
  if (!more) {
    if (failures_++ == 0) {
      const Failure& failure = more.failure();
      ports_.observer.on(telemetry::LocalTrouble{"redis", failure.code, failure.detail, false});
    }
    return redis_backoff.delay(failures_, ports_.random);
  }
  if (failures_ > 0) {
    failures_ = 0;
    ports_.observer.on(telemetry::LocalTrouble{"redis", "", "", true});
  }
  // Spread, so that replicas do not tick in step.
  const auto spread = static_cast<std::uint64_t>(tick_.count() / 4 + 1);
  return *more ? Duration::zero()
               : tick_ + Duration(static_cast<Duration::rep>(ports_.random.below(spread)));
}

}  // namespace claimferry::scheduler
