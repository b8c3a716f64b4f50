#include "scheduler/enroll/discovery_cache.hpp"

#include "common/base/limits.hpp"
#include "common/oauth/adapter/trusted_places.hpp"

namespace claimferry::enroll {

awaitable<Result<std::string>> DiscoveryCache::authorize_url(config::PayerConfig payer) {
  if (!payer.authorize_url.empty()) {
    co_return payer.authorize_url;
  }
  const PayerName name = payer.name;
  if (clock_.steady() >= entries_[name].ask_again_at) {
    // Whoever comes meanwhile takes what is there.
    entries_[name].ask_again_at = clock_.steady() + limits::discovery_deadline;
    auto found = co_await discover(std::move(payer));
    Entry& entry = entries_[name];
    if (found) {
      entry.url = std::move(found->authorize_url);
      entry.ask_again_at = clock_.steady() + limits::discovery_life;
    } else {
      entry.failure = std::move(found.failure());
      entry.ask_again_at = clock_.steady() + limits::discovery_retry;
    }
  }
  const Entry& entry = entries_[name];
  if (!entry.url) {
    co_return entry.failure;
  }
  co_return *entry.url;
}

awaitable<Result<oauth::Endpoints>> DiscoveryCache::discover(config::PayerConfig payer) {
  http::Request request{};
  request.url = payer.auth_root;
  while (request.url.ends_with('/')) {
    request.url.pop_back();
  }
  request.url += oauth::discovery_path;
  request.body_bytes_max = oauth::discovery_bytes_max;
  const quota::Departure::Way way{payer.name, fhir::Endpoint::patient, false, "discovery"};
  const SteadyTime give_up_at = clock_.steady() + limits::discovery_deadline;
  quota::Asked asked = co_await payers_.ask(way, std::move(request), give_up_at);
  if (!asked.response || asked.is_refusal()) {
    co_return std::move(*asked.failure);
  }
  const http::Response& response = *asked.response;
  if (response.status != 200) {
    co_return Failure{FailureKind::permanent, "discovery_refused",
                      "the payer answers " + std::to_string(response.status) +
                          " to its smart-configuration at auth_root; correct auth_root, or set "
                          "authorize_url in the profile"};
  }
  co_return oauth::parse_discovery(response.body.view(), oauth::trusted_places(payer));
}

}  // namespace claimferry::enroll
