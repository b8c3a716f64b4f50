#include "common/telemetry/metrics.hpp"

#include <array>

#include <prometheus/text_serializer.h>

#include "common/telemetry/advice.hpp"
#include "common/telemetry/families.hpp"
#include "common/telemetry/metric_labels.hpp"
#include "common/telemetry/metric_names.hpp"
#include "common/telemetry/own_series.hpp"
#include "common/telemetry/process_metrics.hpp"
#include "common/telemetry/queue_gauges.hpp"

namespace claimferry::telemetry {

using namespace label;

namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries request_seconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                  1,     2.5,  5,     10,   30,  60,   90};
const Histogram::BucketBoundaries wait_seconds{0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 15, 60};
const Histogram::BucketBoundaries job_seconds{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600};

}  // namespace

struct Metrics::Series {
  explicit Series(const std::vector<PayerName>& payers) : own(registry), queue(registry, payers) {
    start_at_zero(payers);
  }

  prometheus::Registry registry;
  OwnSeries own;
  QueueGauges queue;
  ProcessMetrics process;

  Counters& jobs = counters(registry, metric::jobs, "Jobs settled, by kind and outcome");
  Histograms& job_duration = histograms(registry, metric::job_duration, "From claim to settlement");
  Histograms& job_wait = histograms(registry, metric::job_wait, "From enqueue to claim");
  Counters& requests =
      counters(registry, metric::payer_requests, "Requests answered, by endpoint and status");
  Histograms& request_duration =
      histograms(registry, metric::payer_request_duration, "From sending to the body's last byte");
  Gauges& breakers =
      gauges(registry, metric::breaker_open, "Shards of this process whose breaker is open");
  Gauges& in_flight = gauges(registry, metric::requests_in_flight, "Requests under way");
  Counters& received =
      counters(registry, metric::received_bytes, "Bytes received from the payer, as on the wire");
  Counters& rate_limited =
      counters(registry, metric::rate_limited, "Answers that asked for quiet, by lane");
  Counters& granted =
      counters(registry, metric::quota_granted, "Permits that the fleet's quota gave, by lane");
  Counters& used =
      counters(registry, metric::quota_used, "Permits that a request left with, by lane");
  Histograms& quota_wait =
      histograms(registry, metric::quota_wait, "A request's wait for its permit, by lane");
  Gauges& quota_rate = gauges(registry, metric::quota_rate,
                              "Requests a second that the quota allows; 0: none is known");
  Counters& quiets =
      counters(registry, metric::payer_quiets, "Bursts of 429 that this process met first");
  Counters& quiet_seconds = counters(registry, metric::payer_quiet_seconds,
                                     "Quiet that those bursts brought upon the fleet");
  Counters& pages = counters(registry, metric::pages, "Pages stored durably");
  Counters& resources =
      counters(registry, metric::resources, "Resources in stored pages, by what they changed");
  Counters& rejects = counters(registry, metric::parse_rejects, "Entries set aside, by reason");
  Counters& refreshes = counters(registry, metric::token_refreshes, "Token refreshes, by outcome");
  Counters& enrolments = counters(registry, metric::enrolments, "Enrolments, by their end");
  Counters& callbacks = counters(registry, metric::enrolment_callbacks,
                                 "Callbacks of enrolment, by how they were answered");
  Counters& leases_lost =
      counters(registry, metric::leases_lost, "Jobs given up because another owns the member");
  Counters& fenced =
      counters(registry, metric::fenced_writes, "Writes that the sink refused by their fence");
  Counters& sweeps_held =
      counters(registry, metric::sweeps_held, "Sweeps after which too much would have vanished");
  Counters& audit_records =
      counters(registry, metric::audit_records, "Lines of the audit that became durable");
  Counters& audit_lost = counters(registry, metric::audit_lost,
                                  "Entries of the audit that were gone before any file had "
                                  "them");

  Counters& replanned =
      counters(registry, metric::members_replanned, "Members found with nothing to come");
  Counters& erasures =
      counters(registry, metric::erasures, "Members of whom nothing is left but a tombstone");
  Counters& policy_actions = counters(registry, metric::policy_actions,
                                      "Members whom the retention policy moved, by what it did");
  Counters& dead_letters =
      counters(registry, metric::dead_letters, "Jobs that were given up, by their code");
  Counters& claims = counters(registry, metric::claims,
                              "Claims in pages that became durable, by type, new or not");
  Gauges& clock_skew = gauges(registry, metric::payer_clock_skew,
                              "How far the payer's clock is ahead of ours, by its last answer");
  Counters& unpersisted =
      counters(registry, metric::tokens_unpersisted, "Tokens that the payer gave and nothing took");
  Gauges& leading = gauges(registry, metric::scheduler_leading, "1 while this scheduler leads");

  void start_at_zero(const std::vector<PayerName>& payers);
  void start_payer_at_zero(const std::string& payer);

  // What is not counted here is the process' own.
  template <class Other>
  void count(const Other& event) {
    own.count(event);
  }
  void count(const JobClaimed& event);
  void count(const JobSettled& event);
  void count(const RequestStarted& event) {
    in_flight.Add({{"payer", event.payer.str()}}).Increment();
  }
  void count(const RequestDone& event);
  void count(const PageCommitted& event);
  void count(const EntryRejected& event);
  void count(const TokenRefreshed& event);
  void count(const RateLimited& event);
  void count(const EnrolmentEnded& event) {
    const std::string outcome = known(enrolment_outcomes, event.outcome);
    enrolments.Add({{"payer", event.payer.str()}, {"outcome", outcome}}).Increment();
  }
  void count(const CallbackAnswered& event) {
    callbacks.Add({{"outcome", label_of(event.end)}}).Increment();
  }
  void count(const LeaseLost&) { leases_lost.Add({}).Increment(); }
  void count(const WriteFenced&) { fenced.Add({}).Increment(); }
  void count(const SweepHeld& event) {
    sweeps_held.Add({{"payer", event.payer.str()}}).Increment();
  }
  void count(const GrantsStopped&) {}
  void count(const BreakerMoved& event) {
    breakers.Add({{"payer", event.payer.str()}}).Increment(event.open ? 1 : -1);
  }
  void count(const PermitsGranted& event) {
    granted.Add({{"payer", event.payer.str()}, {"lane", known(uses, event.lane)}})
        .Increment(event.permits);
  }
  void count(const PermitUsed& event) {
    const std::string lane = known(uses, event.lane);
    used.Add({{"payer", event.payer.str()}, {"lane", lane}}).Increment();
    quota_wait.Add({{"payer", event.payer.str()}, {"lane", lane}}, wait_seconds)
        .Observe(seconds(event.waited));
  }
  void count(const QuotaRate& event) {
    quota_rate.Add({{"payer", event.payer.str()}}).Set(event.requests_a_second);
  }
  void count(const PayerQuiet& event) {
    quiets.Add({{"payer", event.payer.str()}}).Increment();
    quiet_seconds.Add({{"payer", event.payer.str()}}).Increment(seconds(event.how_long));
  }
  void count(const JobMalformed&) { dead_letters.Add({{"reason", "malformed_job"}}).Increment(); }
  void count(const JobsPoisoned& event) {
    dead_letters.Add({{"reason", "poison"}}).Increment(event.jobs);
  }
  void count(const MembersReplanned& event) { replanned.Add({}).Increment(event.members); }
  void count(const AuditDrained& event) {
    audit_records.Add({}).Increment(static_cast<double>(event.records));
  }
  void count(const AuditLost& event) {
    audit_lost.Add({}).Increment(static_cast<double>(event.entries));
  }
  void count(const AuditTrouble&) {}
  void count(const MembersErased& event) { erasures.Add({}).Increment(event.members); }
  void count(const PolicyActed& event) {
    policy_actions.Add({{"action", known(actions, event.action)}}).Increment(event.members);
  }
  void count(const ClaimsStored& event) {
    claims.Add({{"payer", event.payer.str()}, {"type", known(claim_types, event.type)}})
        .Increment(event.claims);
  }
  void count(const PayerClock& event) {
    clock_skew.Add({{"payer", event.payer.str()}}).Set(seconds(event.ahead));
  }
  void count(const TokenUnpersisted& event) {
    unpersisted.Add({{"payer", event.payer.str()}}).Increment();
  }
  void count(const ProcessEvent& event) {
    if (event.what == "leading" || event.what == "following") {
      leading.Add({}).Set(event.what == "leading" ? 1 : 0);
    }
  }
};

void Metrics::Series::start_at_zero(const std::vector<PayerName>& payers) {
  for (const auto kind : kinds) {
    for (const auto outcome : outcomes) {
      jobs.Add({{"kind", std::string(kind)}, {"outcome", std::string(outcome)}});
    }
    job_duration.Add({{"kind", std::string(kind)}}, job_seconds);
  }
  for (const auto lane : lanes) {
    job_wait.Add({{"lane", std::string(lane)}}, job_seconds);
  }
  for (const Advice& reason : reject_reasons) {
    rejects.Add({{"reason", std::string(reason.name)}});
  }
  for (const CallbackEnd end : callback_ends) {
    callbacks.Add({{"outcome", label_of(end)}});
  }
  leases_lost.Add({});
  fenced.Add({});
  replanned.Add({});
  audit_records.Add({});
  audit_lost.Add({});
  erasures.Add({});
  for (const auto action : actions) {
    policy_actions.Add({{"action", std::string(action)}});
  }
  leading.Add({});
  for (const auto reason : dead_reasons) {
    dead_letters.Add({{"reason", std::string(reason)}});
  }
  for (const PayerName& payer : payers) {
    start_payer_at_zero(payer.str());
  }
}

void Metrics::Series::start_payer_at_zero(const std::string& payer) {
  in_flight.Add({{"payer", payer}});
  for (const auto type : claim_types) {
    claims.Add({{"payer", payer}, {"type", std::string(type)}});
  }
  clock_skew.Add({{"payer", payer}});
  unpersisted.Add({{"payer", payer}});
  received.Add({{"payer", payer}});
  sweeps_held.Add({{"payer", payer}});
  for (const auto endpoint : endpoints) {
    const std::string name(endpoint);
    request_duration.Add({{"payer", payer}, {"endpoint", name}}, request_seconds);
    for (const auto status : statuses) {
      requests.Add({{"payer", payer}, {"endpoint", name}, {"status", std::string(status)}});
    }
  }
  for (const auto type : resource_types) {
    pages.Add({{"payer", payer}, {"resource", std::string(type)}});
    for (const auto outcome : resource_outcomes) {
      resources.Add(
          {{"payer", payer}, {"resource", std::string(type)}, {"outcome", std::string(outcome)}});
    }
  }
  for (const auto lane : lanes) {
    rate_limited.Add({{"payer", payer}, {"lane", std::string(lane)}});
  }
  breakers.Add({{"payer", payer}});
  quota_rate.Add({{"payer", payer}});
  quiets.Add({{"payer", payer}});
  quiet_seconds.Add({{"payer", payer}});
  for (const auto use : uses) {
    granted.Add({{"payer", payer}, {"lane", std::string(use)}});
    used.Add({{"payer", payer}, {"lane", std::string(use)}});
    quota_wait.Add({{"payer", payer}, {"lane", std::string(use)}}, wait_seconds);
  }
  for (const Advice& outcome : refresh_outcomes) {
    refreshes.Add({{"payer", payer}, {"outcome", std::string(outcome.name)}});
  }
  for (const Advice& outcome : enrolment_outcomes) {
    enrolments.Add({{"payer", payer}, {"outcome", std::string(outcome.name)}});
  }
}

void Metrics::Series::count(const JobClaimed& event) {
  job_wait.Add({{"lane", known(lanes, event.lane)}}, job_seconds).Observe(seconds(event.waited));
}

void Metrics::Series::count(const JobSettled& event) {
  const std::string kind = known(kinds, event.kind);
  jobs.Add({{"kind", kind}, {"outcome", known(outcomes, event.outcome)}}).Increment();
  if (event.outcome == "dead") {
    dead_letters.Add({{"reason", known(dead_reasons, event.code)}}).Increment();
  }
  job_duration.Add({{"kind", kind}}, job_seconds).Observe(seconds(event.took));
}

void Metrics::Series::count(const RequestDone& event) {
  const std::string& payer = event.payer.str();
  const std::string endpoint = known(endpoints, event.endpoint);
  in_flight.Add({{"payer", payer}}).Decrement();
  requests.Add({{"payer", payer}, {"endpoint", endpoint}, {"status", status_label(event.status)}})
      .Increment();
  request_duration.Add({{"payer", payer}, {"endpoint", endpoint}}, request_seconds)
      .Observe(seconds(event.took));
  received.Add({{"payer", payer}}).Increment(static_cast<double>(event.received_bytes));
}

void Metrics::Series::count(const PageCommitted& event) {
  const std::string& payer = event.payer.str();
  const std::string type = known(resource_types, event.resource);
  pages.Add({{"payer", payer}, {"resource", type}}).Increment();
  const std::array<std::pair<std::string_view, std::uint32_t>, 4> counts{
      {{"inserted", event.inserted},
       {"changed", event.changed},
       {"unchanged", event.unchanged},
       {"quarantined", event.quarantined}}};
  for (const auto& [outcome, number] : counts) {
    resources.Add({{"payer", payer}, {"resource", type}, {"outcome", std::string(outcome)}})
        .Increment(number);
  }
}

void Metrics::Series::count(const EntryRejected& event) {
  rejects.Add({{"reason", known(reject_reasons, event.reason)}}).Increment();
}

void Metrics::Series::count(const TokenRefreshed& event) {
  refreshes.Add({{"payer", event.payer.str()}, {"outcome", known(refresh_outcomes, event.outcome)}})
      .Increment();
}

void Metrics::Series::count(const RateLimited& event) {
  rate_limited.Add({{"payer", event.payer.str()}, {"lane", known(lanes, event.lane)}}).Increment();
}

Metrics::Metrics(std::string_view program, const std::vector<PayerName>& payers)
    : series_(std::make_unique<Series>(payers)) {
  gauges(series_->registry, metric::build_info, "Always 1; the labels say what runs")
      .Add({{"program", std::string(program)}, {"version", CLAIMFERRY_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::on(const Event& event) noexcept {
  std::visit([this](const auto& what) { series_->count(what); }, event);
}

void Metrics::set(const QueueSnapshot& snapshot) {
  series_->queue.set(snapshot);
}

void Metrics::forget_queue() {
  series_->queue.forget_queue();
}

void Metrics::set(const RedisSnapshot& snapshot) {
  series_->queue.set(snapshot);
}

std::string Metrics::render() const {
  auto families = series_->registry.Collect();
  for (auto&& more : {series_->queue.collect_snapshots(), series_->process.Collect()}) {
    families.insert(families.end(), more.begin(), more.end());
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace claimferry::telemetry
