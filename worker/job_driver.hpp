// JobDriver: performs what JobMachine decides. Every answer becomes an event; every failure leaves
// through one disposition. It sees the world only through ports.
#pragma once

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/parse.hpp"
#include "common/config/config.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "common/telemetry/trouble_report.hpp"
#include "worker/job_machine.hpp"
#include "worker/job_settler.hpp"
#include "worker/payer_requests.hpp"
#include "worker/token_keeper.hpp"

namespace claimferry::worker {

using queue::Settlement;

class JobDriver {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    claims::ClaimSink& sink;
    PayerRequests& requests;
    TokenKeeper& tokens;
    telemetry::Observer& observer;
  };
  JobDriver(Ports ports, Payers& payers, const config::SchedulerConfig& schedule)
      : ports_(ports),
        payers_(payers),
        schedule_(schedule),
        settler_({ports.clock, ports.random, ports.sleeper, ports.queue, ports.observer}),
        sink_trouble_(ports.observer, "sink") {}

  // Ends with the job settled, or abandoned to the reaper when its lease is gone. Never throws.
  awaitable<void> run(std::shared_ptr<RunningJob> job);

 private:
  struct Pull;  // one job's way: the machine and what it holds between steps

  awaitable<std::optional<StepFailed>> drive(std::shared_ptr<Pull> pull);
  awaitable<JobEvent> perform(std::shared_ptr<Pull> pull, JobAction action);
  awaitable<JobEvent> keep_tokens(std::shared_ptr<Pull> pull);
  awaitable<JobEvent> load_cursor(std::shared_ptr<Pull> pull);
  awaitable<JobEvent> fetch(std::shared_ptr<Pull> pull, FetchPage action);
  awaitable<JobEvent> store(std::shared_ptr<Pull> pull, StorePage action);
  awaitable<JobEvent> save(std::shared_ptr<Pull> pull, SaveCursor action);
  awaitable<JobEvent> close(std::shared_ptr<Pull> pull, CloseSync action);

  awaitable<Result<void>> ensure_token(std::shared_ptr<Pull> pull, bool fresh);
  awaitable<Result<void>> wait_for_token(std::shared_ptr<Pull> pull, bool fresh);
  awaitable<Result<http::Response>> get(std::shared_ptr<Pull> pull, std::string url,
                                        bool is_next_link);
  awaitable<JobEvent> sink_failed(std::shared_ptr<Pull> pull, Failure failure, Stage stage);
  awaitable<Settlement> settlement_of(std::shared_ptr<Pull> pull, StepFailed because);

  JobEvent parsed(Pull& pull, const FetchPage& action, const std::string& url,
                  http::Response response);
  Result<void> still_ours(const RunningJob& job) const;
  queue::MemberUpdate member_update(const RunningJob& job, bool done) const;

  Ports ports_;
  claims::PageParser parser_;  // its buffers serve every job of the shard: parsing never awaits
  Payers& payers_;
  const config::SchedulerConfig& schedule_;
  JobSettler settler_;
  telemetry::TroubleReport sink_trouble_;
};

}  // namespace claimferry::worker
