#include "common/telemetry/metrics.hpp"

#include <array>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "common/telemetry/advice.hpp"
#include "common/telemetry/freshness_histogram.hpp"
#include "common/telemetry/metric_labels.hpp"
#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {

using namespace label;

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries request_seconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                  1,     2.5,  5,     10,   30,  60,   90};
const Histogram::BucketBoundaries wait_seconds{0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 15, 60};
const Histogram::BucketBoundaries job_seconds{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600};

template <class T, class Builder>
Family<T>& add_family(prometheus::Registry& registry, Builder builder, const char* name,
                      const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}
Family<Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return add_family<Counter>(registry, prometheus::BuildCounter(), name, help);
}
Family<Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return add_family<Gauge>(registry, prometheus::BuildGauge(), name, help);
}
Family<Histogram>& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return add_family<Histogram>(registry, prometheus::BuildHistogram(), name, help);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

struct Metrics::Series {
  prometheus::Registry registry;
  FreshnessHistogram freshness;

  Family<Counter>& jobs = counters(registry, metric::jobs, "Jobs settled, by kind and outcome");
  Family<Histogram>& job_duration =
      histograms(registry, metric::job_duration, "From claim to settlement");
  Family<Histogram>& job_wait = histograms(registry, metric::job_wait, "From enqueue to claim");
  Family<Counter>& requests =
      counters(registry, metric::payer_requests, "Requests answered, by endpoint and status");
  Family<Histogram>& request_duration =
      histograms(registry, metric::payer_request_duration, "From sending to the body's last byte");
  Family<Gauge>& breakers =
      gauges(registry, metric::breaker_open, "Shards of this process whose breaker is open");
  Family<Gauge>& in_flight = gauges(registry, metric::requests_in_flight, "Requests under way");
  Family<Counter>& received =
      counters(registry, metric::received_bytes, "Bytes received from the payer, as on the wire");
  Family<Counter>& rate_limited =
      counters(registry, metric::rate_limited, "Answers that asked for quiet, by lane");
  Family<Counter>& granted =
      counters(registry, metric::quota_granted, "Permits that the fleet's quota gave, by lane");
  Family<Counter>& used =
      counters(registry, metric::quota_used, "Permits that a request left with, by lane");
  Family<Histogram>& quota_wait =
      histograms(registry, metric::quota_wait, "A request's wait for its permit, by lane");
  Family<Gauge>& quota_rate = gauges(registry, metric::quota_rate,
                                     "Requests a second that the quota allows; 0: none is known");
  Family<Counter>& quiets =
      counters(registry, metric::payer_quiets, "Bursts of 429 that this process met first");
  Family<Counter>& quiet_seconds = counters(registry, metric::payer_quiet_seconds,
                                            "Quiet that those bursts brought upon the fleet");
  Family<Counter>& pages = counters(registry, metric::pages, "Pages stored durably");
  Family<Counter>& resources =
      counters(registry, metric::resources, "Resources in stored pages, by what they changed");
  Family<Counter>& rejects =
      counters(registry, metric::parse_rejects, "Entries set aside, by reason");
  Family<Counter>& refreshes =
      counters(registry, metric::token_refreshes, "Token refreshes, by outcome");
  Family<Gauge>& grants_stopped =
      gauges(registry, metric::grants_stopped,
             "1 while no refresh is sent because the payer refuses those of too many members");
  Family<Gauge>& consents_ending =
      gauges(registry, metric::consents_ending, "Members whose consent ends within that time");
  Family<Counter>& enrolments = counters(registry, metric::enrolments, "Enrolments, by their end");
  Family<Counter>& callbacks = counters(registry, metric::enrolment_callbacks,
                                        "Callbacks of enrolment, by how they were answered");
  Family<Counter>& keys_missing = counters(registry, metric::api_keys_missing,
                                           "Requests to enrolment's API without a valid key");
  Family<Counter>& threw = counters(registry, metric::handlers_threw,
                                    "Requests to our own ports that an exception ended, by port");
  Family<Counter>& leases_lost =
      counters(registry, metric::leases_lost, "Jobs given up because another owns the member");
  Family<Counter>& fenced =
      counters(registry, metric::fenced_writes, "Writes that the sink refused by their fence");
  Family<Counter>& sweeps_held =
      counters(registry, metric::sweeps_held, "Sweeps after which too much would have vanished");
  Family<Gauge>& queue_jobs = gauges(registry, metric::queue_jobs, "Jobs by lane and state");
  Family<Gauge>& members = gauges(registry, metric::members, "Members by state");
  Family<Gauge>& members_due = gauges(registry, metric::members_due, "Members due and not planned");

  Family<Counter>& audit_records =
      counters(registry, metric::audit_records, "Lines of the audit that became durable");
  Family<Gauge>& audit_undrained = gauges(registry, metric::audit_undrained,
                                          "Entries of the audit that only Redis holds so far");
  Family<Counter>& audit_lost = counters(registry, metric::audit_lost,
                                         "Entries of the audit that were gone before any file had "
                                         "them");

  Family<Counter>& replanned =
      counters(registry, metric::members_replanned, "Members found with nothing to come");
  Family<Counter>& erasures =
      counters(registry, metric::erasures, "Members of whom nothing is left but a tombstone");
  Family<Gauge>& erasures_overdue = gauges(registry, metric::erasures_overdue,
                                           "Members being erased for more than 20 of the 30 days");
  Family<Counter>& policy_actions = counters(
      registry, metric::policy_actions, "Members whom the retention policy moved, by what it did");
  Family<Gauge>& leading =
      gauges(registry, metric::scheduler_leading, "1 while this scheduler leads");

  void start_at_zero(const std::vector<PayerName>& payers);
  void start_payer_at_zero(const std::string& payer);

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
  void count(const ApiKeyMissing&) { keys_missing.Add({}).Increment(); }
  void count(const HandlerThrew& event) {
    threw.Add({{"port", known(ports, event.port)}}).Increment();
  }
  void count(const LeaseLost&) { leases_lost.Add({}).Increment(); }
  void count(const WriteFenced&) { fenced.Add({}).Increment(); }
  void count(const SweepHeld& event) {
    sweeps_held.Add({{"payer", event.payer.str()}}).Increment();
  }
  void count(const LocalTrouble&) {}
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
  void count(const JobMalformed&) {}
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
  keys_missing.Add({});
  for (const auto port : ports) {
    threw.Add({{"port", std::string(port)}});
  }
  leases_lost.Add({});
  fenced.Add({});
  replanned.Add({});
  audit_records.Add({});
  audit_undrained.Add({});
  audit_lost.Add({});
  erasures.Add({});
  erasures_overdue.Add({});
  for (const auto action : actions) {
    policy_actions.Add({{"action", std::string(action)}});
  }
  leading.Add({});
  for (const auto* within : {"7d", "30d"}) {
    consents_ending.Add({{"within", within}});
  }
  for (const PayerName& payer : payers) {
    start_payer_at_zero(payer.str());
  }
}

void Metrics::Series::start_payer_at_zero(const std::string& payer) {
  in_flight.Add({{"payer", payer}});
  grants_stopped.Add({{"payer", payer}});
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
    : series_(std::make_unique<Series>()) {
  gauges(series_->registry, metric::build_info, "Always 1; the labels say what runs")
      .Add({{"program", std::string(program)}, {"version", CLAIMFERRY_VERSION}})
      .Set(1);
  series_->start_at_zero(payers);
}

Metrics::~Metrics() = default;

void Metrics::on(const Event& event) noexcept {
  std::visit([this](const auto& what) { series_->count(what); }, event);
}

void Metrics::set_queue(const QueueSnapshot& snapshot) {
  for (const auto& depth : snapshot.depths) {
    series_->queue_jobs
        .Add({{"lane", std::string(depth.lane)}, {"state", std::string(depth.state)}})
        .Set(static_cast<double>(depth.jobs));
  }
  for (const auto& [state, count] : snapshot.members_by_state) {
    series_->members.Add({{"state", state}}).Set(static_cast<double>(count));
  }
  series_->erasures_overdue.Add({}).Set(static_cast<double>(snapshot.erasures_overdue));
  for (const auto& [within, members] : snapshot.consents_ending) {
    series_->consents_ending.Add({{"within", within}}).Set(static_cast<double>(members));
  }
  for (const auto& [payer, stopped] : snapshot.grants_stopped) {
    series_->grants_stopped.Add({{"payer", payer}}).Set(stopped ? 1 : 0);
  }
  series_->members_due.Add({}).Set(static_cast<double>(snapshot.members_due));
  series_->audit_undrained.Add({}).Set(static_cast<double>(snapshot.audit_undrained));
  series_->freshness.set(snapshot.freshness);
}

std::string Metrics::render() const {
  auto families = series_->registry.Collect();
  for (auto& family : series_->freshness.Collect()) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace claimferry::telemetry
