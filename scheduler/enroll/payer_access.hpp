// PayerAccess: the one way from this process to its payers. Each request has a permit of the
// fleet's quota, and a quiet that a payer asked for holds here as it does for workers. A browser
// waits behind each of them, so all have an end that their waits do not move.
#pragma once

#include <map>
#include <memory>

#include "common/async/sleeper.hpp"
#include "common/config/config.hpp"
#include "common/http/client.hpp"
#include "common/quota/adapter/departure.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::enroll {

class PayerAccess {
 public:
  struct Ports {
    Executor executor;
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    quota::FleetQuota& quota;
    http::Client& http;
    telemetry::Observer& observer;
  };
  // shard: a name of its own in the fleet.
  PayerAccess(Ports ports, std::string shard)
      : ports_(std::move(ports)),
        departure_({ports_.clock, ports_.http, ports_.observer}),
        shard_(std::move(shard)) {}

  void add_payer(const config::PayerConfig& profile);
  // What the fleet announces of a payer goes in here; null for one that is not ours.
  quota::PayerGate* gate_of(const PayerName& payer);

  // Asks once; what only reads once more where the connection turned out to be closed. The answer
  // of any status, and what it means; a refusal has held the fleet by then. The failures of a turn:
  // rate_limited "quota_wait" (no room until then), "payer_blocked"; local (no permits). Permanent
  // "unknown_payer".
  awaitable<quota::Asked> ask(quota::Departure::Way way, http::Request request,
                              SteadyTime give_up_at);

 private:
  struct Line {
    quota::PayerGate gate;
    std::unique_ptr<quota::PayerQuota> quota;
  };
  awaitable<quota::Asked> leave(quota::Departure::Way way, std::shared_ptr<Line> line,
                                http::Request request, SteadyTime give_up_at);
  awaitable<Result<quota::PayerQuota::Turn>> turn(std::shared_ptr<Line> line,
                                                  SteadyTime give_up_at);

  Ports ports_;
  quota::Departure departure_;
  std::string shard_;
  quota::InFlightCap in_flight_{32};
  std::map<PayerName, std::shared_ptr<Line>> lines_;
};

}  // namespace claimferry::enroll
