// Erasure: one job of kind `erase`: everything that the sink holds of the member goes, and a
// tombstone stays under the job's fence. It needs no token and no payer, and is never given up:
// whatever fails, it comes back.
#pragma once

#include "common/claims/adapter/claim_sink.hpp"
#include "common/telemetry/trouble_report.hpp"
#include "worker/job_settler.hpp"

namespace claimferry::worker {

class Erasure {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    claims::ClaimSink& sink;
    telemetry::Observer& observer;
  };
  explicit Erasure(Ports ports)
      : ports_(ports),
        settler_({ports.clock, ports.random, ports.sleeper, ports.queue, ports.observer}),
        sink_trouble_(ports.observer, "sink") {}

  // Ends with the job settled, or abandoned to the reaper when its lease is gone. Never throws.
  awaitable<void> run(std::shared_ptr<RunningJob> job);

 private:
  awaitable<Result<void>> erase(std::shared_ptr<RunningJob> job);
  awaitable<Failure> fenced(std::shared_ptr<RunningJob> job, Failure failure);

  Ports ports_;
  JobSettler settler_;
  telemetry::TroubleReport sink_trouble_;
};

// What becomes of an erasure that failed: handed back at once, left to whoever owns the member now,
// or tried again later; never a dead letter.
queue::Settlement erase_disposition(const Failure& failure, unsigned failures_before,
                                    Random& random);

}  // namespace claimferry::worker
