#include "worker/job_settler.hpp"

#include "common/base/backoff.hpp"

namespace claimferry::worker {
namespace {

using queue::Verdict;

constexpr Backoff patience{std::chrono::milliseconds(100), std::chrono::seconds(2)};

}  // namespace

awaitable<Result<void>> JobSettler::patiently(std::shared_ptr<RunningJob> job, Call call) {
  for (unsigned failures = 1;; ++failures) {
    auto result = co_await call();
    if (result || result.failure().kind != FailureKind::local) {
      co_return result;
    }
    if (ports_.clock.steady() >= job->lease_until) {
      co_return Failure{FailureKind::lease_lost, "lease_expired", result.failure().detail};
    }
    co_await ports_.sleeper.sleep(patience.delay(failures, ports_.random) + Duration(1));
  }
}

awaitable<void> JobSettler::settle(std::shared_ptr<RunningJob> job, queue::Settlement settlement,
                                   queue::MemberUpdate member) {
  if (settlement.verdict != Verdict::abandon) {
    Call call = [this, job, settlement, member] {
      return ports_.queue.settle(job->lease.ref, settlement, member);
    };
    auto settled = co_await patiently(job, std::move(call));
    if (!settled) {
      settlement.verdict = Verdict::abandon;
      settlement.code = settled.failure().code;
      settlement.detail = settled.failure().detail;
    }
  }
  if (settlement.verdict == Verdict::abandon) {
    ports_.observer.on(telemetry::LeaseLost{job->lease.ref.job});
  }
  const auto took = std::chrono::duration_cast<Duration>(ports_.clock.steady() - job->claimed_at);
  ports_.observer.on(telemetry::JobSettled{
      job->lease.ref.job, to_string(job->lease.kind), to_string(settlement.verdict),
      to_string(settlement.stage), settlement.code, settlement.detail, took});
}

}  // namespace claimferry::worker
