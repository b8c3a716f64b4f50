#include "worker/erasure.hpp"

#include <cstdlib>

#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

using queue::Verdict;

constexpr Backoff retry_backoff{limits::retry_delay_base, limits::retry_delay_max, Duration(1'000)};

}  // namespace

queue::Settlement erase_disposition(const Failure& failure, unsigned failures_before,
                                    Random& random) {
  queue::Settlement settlement;
  settlement.stage = Stage::sink;
  settlement.code = failure.code;
  settlement.detail = failure.detail.substr(0, limits::failure_detail_bytes_max);
  switch (failure.kind) {
    case FailureKind::lease_lost:
      settlement.verdict = Verdict::abandon;
      return settlement;
    case FailureKind::drained:
      settlement.verdict = Verdict::requeue;
      return settlement;
    default:
      settlement.verdict = Verdict::snooze;
      settlement.delay = retry_backoff.delay(failures_before + 1, random);
      return settlement;
  }
}

awaitable<void> Erasure::run(std::shared_ptr<RunningJob> job) {
  Result<void> erased;
  try {
    erased = co_await erase(job);
  } catch (const std::exception& error) {
    // A bug, not the world: the text may hold data, so only its type is told.
    erased = Failure{FailureKind::local, "internal_error", typeid(error).name()};
  }
  queue::Settlement settlement;
  if (!erased) {
    settlement = erase_disposition(erased.failure(), job->lease.snoozes, ports_.random);
  }
  constexpr queue::MemberUpdate nothing_due{};
  co_await settler_.settle(std::move(job), std::move(settlement), nothing_due);
}

awaitable<Result<void>> Erasure::erase(std::shared_ptr<RunningJob> job) {
  if (job->stop.requested()) {
    co_return job->stop.why();
  }
  if (ports_.clock.steady() >= job->lease_until) {
    co_return Failure{FailureKind::lease_lost, "lease_expired", "the lease ran out"};
  }
  claims::SyncKey key{job->lease.payer, job->lease.ref};
  auto erased = co_await ports_.sink.erase(std::move(key));
  if (erased) {
    sink_trouble_.end();
    co_return erased;
  }
  if (erased.failure().kind == FailureKind::local) {
    sink_trouble_.begin(erased.failure());
  }
  if (erased.failure().kind == FailureKind::lease_lost) {
    co_return co_await fenced(job, std::move(erased.failure()));
  }
  co_return erased;
}

// As for a page: where the lease is alive and the sink has seen a larger fence, Redis was lost or
// its clock set back. The job goes round again with a larger one.
awaitable<Failure> Erasure::fenced(std::shared_ptr<RunningJob> job, Failure failure) {
  ports_.observer.on(telemetry::WriteFenced{job->lease.ref.job});
  const Fence above{std::strtoull(failure.detail.c_str(), nullptr, 10)};
  auto raised = co_await ports_.queue.raise_fence(above);
  if (!raised) {
    co_return std::move(raised.failure());
  }
  co_return Failure{FailureKind::drained, "fence_raised", "the sink held a larger fence; requeued"};
}

}  // namespace claimferry::worker
