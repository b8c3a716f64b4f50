#include "common/telemetry/own_series.hpp"

#include "common/telemetry/metric_labels.hpp"
#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries commit_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                 0.25,  0.5,    1,     2.5,  5,     15};
const Histogram::BucketBoundaries lag_seconds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15};

}  // namespace

OwnSeries::OwnSeries(prometheus::Registry& registry)
    : sink_commit_(
          histograms(registry, metric::sink_commit, "What one commit of a page took in the sink")),
      sink_failures_(counters(registry, metric::sink_failures,
                              "Commits that the sink did not take, by reason")),
      sink_up_(gauges(registry, metric::sink_up, "0 while the sink takes nothing")),
      keys_opened_(
          counters(registry, metric::data_keys_opened,
                   "Data keys opened, by whether the active key or an older one wraps them")),
      loop_lag_(histograms(registry, metric::event_loop_lag,
                           "How late an event loop came back to its heartbeat")),
      reloads_(counters(registry, metric::file_reloads,
                        "Files of keys and secrets that changed and were read again")),
      reload_failing_(gauges(registry, metric::file_reload_failing,
                             "Files that changed and cannot be used; those before them go on")),
      api_keys_missing_(counters(registry, metric::api_keys_missing,
                                 "Requests to enrolment's API without a valid key")),
      handlers_threw_(counters(registry, metric::handlers_threw,
                               "Requests to our own ports that an exception ended, by port")) {
  sink_commit_.Add({}, commit_seconds);
  for (const auto reason : label::sink_reasons) {
    sink_failures_.Add({{"reason", std::string(reason)}});
  }
  sink_up_.Add({}).Set(1);
  for (const auto* key : {"active", "older"}) {
    keys_opened_.Add({{"key", key}});
  }
  loop_lag_.Add({}, lag_seconds);
  for (const auto* outcome : {"ok", "failed"}) {
    reloads_.Add({{"outcome", outcome}});
  }
  reload_failing_.Add({});
  api_keys_missing_.Add({});
  for (const auto port : label::ports) {
    handlers_threw_.Add({{"port", std::string(port)}});
  }
}

void OwnSeries::count(const SinkWrote& event) {
  sink_commit_.Add({}, commit_seconds).Observe(seconds(event.took));
  if (!event.code.empty()) {
    sink_failures_.Add({{"reason", label::known(label::sink_reasons, event.code)}}).Increment();
  }
}

void OwnSeries::count(const LocalTrouble& event) {
  if (event.what == "sink") {
    sink_up_.Add({}).Set(event.over ? 1 : 0);
  }
}

void OwnSeries::count(const DataKeyOpened& event) {
  keys_opened_.Add({{"key", event.is_under_active_key ? "active" : "older"}}).Increment();
}

void OwnSeries::count(const LoopLagged& event) {
  loop_lag_.Add({}, lag_seconds).Observe(seconds(event.late));
}

void OwnSeries::count(const FilesReloaded& event) {
  const bool failed = !event.detail.empty();
  reloads_.Add({{"outcome", failed ? "failed" : "ok"}}).Increment();
  reload_failing_.Add({}).Set(event.failing);
}

void OwnSeries::count(const ApiKeyMissing&) {
  api_keys_missing_.Add({}).Increment();
}

void OwnSeries::count(const HandlerThrew& event) {
  handlers_threw_.Add({{"port", label::known(label::ports, event.port)}}).Increment();
}

}  // namespace claimferry::telemetry
