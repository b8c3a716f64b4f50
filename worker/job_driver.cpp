#include "worker/job_driver.hpp"

#include "common/base/limits.hpp"
#include "worker/job_stage.hpp"

namespace claimferry::worker {
namespace {

using queue::Resource;
using queue::Verdict;

JobEvent step_failed(Failure failure, Stage stage) {
  return StepFailed{std::move(failure), stage};
}

// After these a stop ends the job. What is durable goes on to be told: a page to the queue, a close
// to the end of its job, which would otherwise close the same sweep twice.
bool may_stop_after(const JobEvent& event) noexcept {
  return std::holds_alternative<CursorLoaded>(event) || std::holds_alternative<PageParsed>(event) ||
         std::holds_alternative<CursorSaved>(event);
}

constexpr Duration unknown_work_delay = std::chrono::minutes(5);

// A backfill proves no absence, whatever its window: beside a sync of the same member that is under
// way, the two would take each other's sightings for their own.
bool is_sweep(const queue::Lease& lease) noexcept {
  return lease.kind == queue::JobKind::sync && lease.window.is_sweep();
}

// A payer that refuses a fresh token does so for long; but this one was fresh no more.
Failure token_ran_out() {
  return {FailureKind::retryable, "token_ran_out",
          "the access token ran out before the payer saw it: this process stood still, or waited "
          "for its turn"};
}

// Since the job was enqueued: by Redis' times up to the claim, by our own clock from there.
Duration age_of(const RunningJob& job, SteadyTime now) {
  return job.age_when_claimed + std::chrono::floor<Duration>(now - job.claimed_at);
}

}  // namespace

struct JobDriver::Pull {
  std::shared_ptr<RunningJob> job;
  Payer& payer;
  JobMachine machine;
  std::optional<AccessToken> access;
  std::optional<claims::ParsedPage> page;
  std::optional<claims::BadPage> bad_page;  // the last one, if nothing could become of it
  WallTime received;
  Resource resource = Resource::patient;
  unsigned quiets = 0;  // of the payer's, in a row
  queue::Pulled pulled;

  Pull(std::shared_ptr<RunningJob> running, Payer& of)
      : job(std::move(running)), payer(of), machine(job->lease.kind, job->lease.cursor) {}
  claims::SyncKey key() const { return {job->lease.payer, job->lease.ref}; }
  void add(const claims::CommitReport& report) {
    pulled.pages += 1;
    pulled.inserted += report.inserted;
    pulled.changed += report.changed;
    pulled.unchanged += report.unchanged;
    pulled.rejected += report.quarantined;
  }
  // A short quiet keeps the slot and the lease: the next turn waits for its end.
  bool waits_out(const Failure& failure) {
    return failure.kind == FailureKind::rate_limited && failure.retry_after &&
           *failure.retry_after <= limits::quota_short_wait_max && !job->stop.requested() &&
           ++quiets <= limits::quiets_in_a_row_max;
  }
};

awaitable<void> JobDriver::run(std::shared_ptr<RunningJob> job) {
  Payer* payer = payers_.find(job->lease.payer);
  CLAIMFERRY_ASSERT(payer != nullptr);  // a claim names the payers it may give
  auto pull = std::make_shared<Pull>(job, *payer);
  std::optional<StepFailed> because;
  try {
    because = co_await drive(pull);
  } catch (const std::exception& error) {
    // A bug, not the world: the text may hold data, so only its type is told.
    Failure failure{FailureKind::retryable, "internal_error", typeid(error).name()};
    because = StepFailed{std::move(failure), Stage::setup};
  }
  Settlement settlement;
  if (because) {
    settlement = co_await settlement_of(pull, std::move(*because));
  }
  settlement.pulled = pull->pulled;
  const queue::MemberUpdate update = member_update(*job, settlement.verdict == Verdict::done);
  co_await settler_.settle(std::move(job), std::move(settlement), update);
}

awaitable<std::optional<StepFailed>> JobDriver::drive(std::shared_ptr<Pull> pull) {
  if (pull->job->lease.kind == queue::JobKind::erase) {
    // Beside a newer release, whose workers will take it: not ours to give up.
    Failure failure{FailureKind::local, "unknown_work",
                    "this release does not know work of this kind; upgrade the workers",
                    unknown_work_delay};
    StepFailed step{std::move(failure), Stage::intake};
    co_return step;
  }
  JobAction action = pull->machine.on(Started{});
  while (true) {
    if (auto* finish = std::get_if<Finish>(&action)) {
      co_return std::move(finish->because);
    }
    JobEvent event = co_await perform(pull, std::move(action));
    if (may_stop_after(event) && pull->job->stop.requested()) {
      event = step_failed(pull->job->stop.why(), stage_of(pull->resource));
    }
    action = pull->machine.on(event);
  }
}

awaitable<JobEvent> JobDriver::perform(std::shared_ptr<Pull> pull, JobAction action) {
  if (auto* fetch_page = std::get_if<FetchPage>(&action)) {
    co_return co_await fetch(pull, std::move(*fetch_page));
  }
  if (auto* store_page = std::get_if<StorePage>(&action)) {
    co_return co_await store(pull, std::move(*store_page));
  }
  if (auto* save_cursor = std::get_if<SaveCursor>(&action)) {
    co_return co_await save(pull, std::move(*save_cursor));
  }
  if (auto* close_sync = std::get_if<CloseSync>(&action)) {
    co_return co_await close(pull, *close_sync);
  }
  if (std::holds_alternative<KeepTokens>(action)) {
    co_return co_await keep_tokens(pull);
  }
  CLAIMFERRY_ASSERT(std::holds_alternative<LoadCursor>(action));
  co_return co_await load_cursor(pull);
}

awaitable<JobEvent> JobDriver::keep_tokens(std::shared_ptr<Pull> pull) {
  auto token = co_await wait_for_token(pull, true);
  if (!token) {
    co_return step_failed(std::move(token.failure()), Stage::token);
  }
  co_return TokensKept{};
}

awaitable<JobEvent> JobDriver::load_cursor(std::shared_ptr<Pull> pull) {
  auto cursor = co_await ports_.sink.resume(pull->key());
  if (!cursor) {
    co_return co_await sink_failed(pull, std::move(cursor.failure()), Stage::sink);
  }
  sink_trouble_.end();
  CursorLoaded loaded{std::move(*cursor)};
  co_return loaded;
}

awaitable<JobEvent> JobDriver::fetch(std::shared_ptr<Pull> pull, FetchPage action) {
  pull->resource = action.resource;
  auto token = co_await wait_for_token(pull, action.fresh_token);
  if (!token) {
    co_return step_failed(std::move(token.failure()), Stage::token);
  }
  std::string url = action.url;
  if (url.empty()) {
    const fhir::SearchProfile search =
        action.other_coverage_param ? pull->payer.with_other_coverage_param() : pull->payer.search;
    url = fhir::first_page_url(search, action.resource, pull->access->patient,
                               pull->job->lease.window);
  }
  auto response = co_await get(pull, url, !action.url.empty());
  while (!response && pull->waits_out(response.failure())) {
    response = co_await get(pull, url, !action.url.empty());
  }
  pull->quiets = 0;
  if (!response) {
    Failure failure = std::move(response.failure());
    if (failure.code == "unauthorized" && action.fresh_token &&
        pull->access->has_run_out(ports_.clock.wall())) {
      failure = token_ran_out();
    }
    co_return step_failed(std::move(failure), stage_of(action.resource));
  }
  co_return parsed(*pull, action, url, std::move(*response));
}

awaitable<Result<void>> JobDriver::wait_for_token(std::shared_ptr<Pull> pull, bool fresh) {
  auto token = co_await ensure_token(pull, fresh);
  while (!token && pull->waits_out(token.failure())) {
    token = co_await ensure_token(pull, fresh);
  }
  co_return token;
}

awaitable<Result<void>> JobDriver::ensure_token(std::shared_ptr<Pull> pull, bool fresh) {
  const bool usable = pull->access && !pull->access->has_run_out(ports_.clock.wall());
  if (usable && !fresh) {
    co_return Result<void>();
  }
  auto access = co_await ports_.tokens.access(pull->job, pull->payer, fresh);
  if (!access) {
    co_return std::move(access.failure());
  }
  pull->access = std::move(*access);
  co_return Result<void>();
}

awaitable<Result<http::Response>> JobDriver::get(std::shared_ptr<Pull> pull, std::string url,
                                                 bool is_next_link) {
  PayerRequests::Way way{pull->job, pull->payer, endpoint_of(pull->resource), is_next_link};
  auto turn = co_await ports_.requests.turn(way);
  if (!turn) {
    co_return std::move(turn.failure());
  }
  http::Request request{};
  request.method = http::Method::get;
  request.url = std::move(url);
  request.authorization = Secret("Bearer " + std::string(pull->access->token.reveal()));
  request.body_bytes_max = limits::body_bytes_max;
  request.deadline = pull->payer.config.request_timeout;
  co_return co_await ports_.requests.send(way, std::move(*turn), std::move(request));
}

JobEvent JobDriver::parsed(Pull& pull, const FetchPage& action, const std::string& url,
                           http::Response response) {
  const auto request = pull.payer.parse_request(action.resource, pull.access->patient);
  auto page = parser_.parse(response.body, request);
  pull.bad_page.reset();
  if (!page) {
    pull.bad_page = claims::BadPage{pull.key(), action.resource, ports_.clock.wall(),
                                    page.failure().code, std::move(response.body)};
    return step_failed(std::move(page.failure()), stage_of(action.resource));
  }
  PageParsed event;
  event.total = page->total;
  event.entries = page->entries_distinct;
  event.proves_absence = !page->fatal_outcome;
  for (const claims::QuarantinedEntry& entry : page->quarantined) {
    ports_.observer.on(telemetry::EntryRejected{pull.job->lease.ref.job, pull.payer.config.name,
                                                std::string(entry.reason),
                                                std::string(entry.pointer)});
    event.proves_absence = event.proves_absence && entry.identifiable;
  }
  if (page->next_link) {
    auto next = fhir::resolve_next(url, *page->next_link, pull.payer.links);
    if (next) {
      event.next_url = std::move(*next);
    } else {
      event.next_refused = std::move(next.failure());
    }
  }
  pull.page = std::move(*page);
  pull.received = ports_.clock.wall();
  return event;
}

awaitable<JobEvent> JobDriver::store(std::shared_ptr<Pull> pull, StorePage action) {
  if (auto ours = still_ours(*pull->job); !ours) {
    co_return step_failed(std::move(ours.failure()), Stage::sink);
  }
  claims::PageCommit commit{pull->key(),    pull->resource,         is_sweep(pull->job->lease),
                            pull->received, std::move(*pull->page), std::move(action.after)};
  pull->page.reset();
  auto report = co_await ports_.sink.commit(std::move(commit));
  if (!report) {
    co_return co_await sink_failed(pull, std::move(report.failure()), Stage::sink);
  }
  sink_trouble_.end();
  pull->add(*report);
  ports_.observer.on(telemetry::PageCommitted{
      pull->job->lease.ref.job, pull->payer.config.name, to_string(pull->resource),
      report->inserted, report->changed, report->unchanged, report->quarantined});
  co_return PageStored{report->repeated};
}

// The sink's copy of the cursor wins, so Redis being away here costs nothing but the wait.
awaitable<JobEvent> JobDriver::save(std::shared_ptr<Pull> pull, SaveCursor action) {
  JobSettler::Call call = [this, pull, cursor = action.cursor.without_link()] {
    return ports_.queue.checkpoint(pull->job->lease.ref, cursor);
  };
  auto saved = co_await settler_.patiently(pull->job, std::move(call));
  if (!saved) {
    co_return step_failed(std::move(saved.failure()), Stage::queue);
  }
  co_return CursorSaved{};
}

awaitable<JobEvent> JobDriver::close(std::shared_ptr<Pull> pull, CloseSync action) {
  if (auto ours = still_ours(*pull->job); !ours) {
    co_return step_failed(std::move(ours.failure()), Stage::close);
  }
  claims::SyncClose request{pull->key(), is_sweep(pull->job->lease), ports_.clock.wall(),
                            action.coverage_complete, action.eob_complete};
  auto report = co_await ports_.sink.close(std::move(request));
  if (!report) {
    co_return co_await sink_failed(pull, std::move(report.failure()), Stage::close);
  }
  pull->pulled.absent += report->marked_absent;
  if (report->absence_held) {
    ports_.observer.on(telemetry::SweepHeld{pull->job->lease.ref.job, pull->payer.config.name,
                                            report->missed_once});
  }
  co_return SyncClosed{};
}

// A sink that refuses a live lease's fence has seen a larger one: Redis was lost or its clock set
// back. The counter is raised and the job goes round again with a larger fence; where another
// really owns the member, the requeue itself is refused.
awaitable<JobEvent> JobDriver::sink_failed(std::shared_ptr<Pull> pull, Failure failure,
                                           Stage stage) {
  if (failure.kind == FailureKind::local) {
    sink_trouble_.begin(failure);
  }
  if (failure.kind != FailureKind::lease_lost) {
    co_return step_failed(std::move(failure), stage);
  }
  ports_.observer.on(telemetry::WriteFenced{pull->job->lease.ref.job});
  const Fence above{std::strtoull(failure.detail.c_str(), nullptr, 10)};
  auto raised = co_await ports_.queue.raise_fence(above);
  if (!raised) {
    co_return step_failed(std::move(raised.failure()), stage);
  }
  Failure again{FailureKind::drained, "fence_raised", "the sink held a larger fence; requeued"};
  co_return step_failed(std::move(again), stage);
}

Result<void> JobDriver::still_ours(const RunningJob& job) const {
  if (ports_.clock.steady() >= job.lease_until) {
    return Failure{FailureKind::lease_lost, "lease_expired", "the lease ran out before the write"};
  }
  return {};
}

queue::MemberUpdate JobDriver::member_update(const RunningJob& job, bool done) const {
  const double spread = (ports_.random.unit() * 2 - 1) * schedule_.jitter;
  const auto interval = static_cast<double>(schedule_.interval.count()) * (1 + spread);
  const Duration next_due_in(static_cast<Duration::rep>(interval));
  return {next_due_in, done && is_sweep(job.lease)};
}

awaitable<Settlement> JobDriver::settlement_of(std::shared_ptr<Pull> pull, StepFailed because) {
  if (because.failure.kind == FailureKind::resource_refused) {
    PayerRequests::Way way{pull->job, pull->payer, endpoint_of(because.stage)};
    ports_.requests.refused(way);
  }
  const queue::JobFacts facts{pull->job->lease.attempts, pull->job->lease.snoozes,
                              ports_.requests.health_of(pull->payer).is_open(),
                              age_of(*pull->job, ports_.clock.steady())};
  auto settlement = queue::disposition(because.failure, because.stage, facts, ports_.random);
  // A page that could not be read to the end of the retries is kept before the job is given up.
  if (settlement.verdict == Verdict::dead && pull->bad_page &&
      pull->bad_page->reason == settlement.code) {
    auto kept = co_await ports_.sink.quarantine_page(std::move(*pull->bad_page));
    if (!kept) {
      settlement = queue::disposition(kept.failure(), Stage::sink, facts, ports_.random);
    }
  }
  co_return settlement;
}

}  // namespace claimferry::worker
