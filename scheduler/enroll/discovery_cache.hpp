// DiscoveryCache: where each payer's authorization pages are. The profile's own URL, where it names
// one; else the payer's smart-configuration at its auth root, asked once an hour. One that cannot
// be had leaves the last good answer standing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/config/config.hpp"
#include "common/oauth/discovery.hpp"
#include "scheduler/enroll/payer_access.hpp"

namespace claimferry::enroll {

class DiscoveryCache {
 public:
  DiscoveryCache(const Clock& clock, PayerAccess& payers) : clock_(clock), payers_(payers) {}

  // Failures: those of oauth::parse_discovery(), of http::Client, rate_limited where the payer asks
  // for quiet, local without permits, and permanent "discovery_refused" where it answers anything
  // else but 200.
  awaitable<Result<std::string>> authorize_url(config::PayerConfig payer);

 private:
  struct Entry {
    std::optional<std::string> url;
    Failure failure{FailureKind::retryable, "discovery_pending",
                    "the payer is being asked where its pages are; ask again in a moment"};
    SteadyTime ask_again_at{};
  };
  awaitable<Result<oauth::Endpoints>> discover(config::PayerConfig payer);

  const Clock& clock_;
  PayerAccess& payers_;
  std::map<PayerName, Entry> entries_;  // of configured payers
};

}  // namespace claimferry::enroll
