// OwnSeries: what a process tells of its own things: its sink, its keys and secrets, its event
// loops, its ports.
#pragma once

#include "common/telemetry/event.hpp"
#include "common/telemetry/families.hpp"

namespace claimferry::telemetry {

class OwnSeries {
 public:
  // Every series stands at zero; the sink is up until it is told that it is not.
  explicit OwnSeries(prometheus::Registry& registry);

  void count(const SinkWrote& event);
  void count(const LocalTrouble& event);
  void count(const DataKeyOpened& event);
  void count(const LoopLagged& event);
  void count(const FilesReloaded& event);
  void count(const ApiKeyMissing& event);
  void count(const HandlerThrew& event);

 private:
  Histograms& sink_commit_;
  Counters& sink_failures_;
  Gauges& sink_up_;
  Counters& keys_opened_;
  Histograms& loop_lag_;
  Counters& reloads_;
  Gauges& reload_failing_;
  Counters& api_keys_missing_;
  Counters& handlers_threw_;
};

}  // namespace claimferry::telemetry
