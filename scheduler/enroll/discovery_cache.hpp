// DiscoveryCache: where each payer's authorization pages are. The profile's own URL, where it names
// one; else the payer's smart-configuration at its auth root, asked once an hour. One that cannot
// be had leaves the last good answer standing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/config/config.hpp"
#include "common/http/client.hpp"
#include "common/oauth/discovery.hpp"

namespace claimferry::enroll {

class DiscoveryCache {
 public:
  DiscoveryCache(const Clock& clock, http::Client& http) : clock_(clock), http_(http) {}

  // Failures: those of oauth::parse_discovery(), of http::Client, and permanent
  // "discovery_refused" where the payer answers anything but 200.
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
  http::Client& http_;
  std::map<PayerName, Entry> entries_;  // of configured payers
};

}  // namespace claimferry::enroll
