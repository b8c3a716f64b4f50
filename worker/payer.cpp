#include "worker/payer.hpp"

#include <algorithm>

#include <boost/url.hpp>

namespace claimferry::worker {
namespace {

fhir::CoverageParam parse_coverage_param(const std::string& text) {
  return text == "beneficiary" ? fhir::CoverageParam::beneficiary : fhir::CoverageParam::patient;
}

fhir::LinkPolicy link_policy(const config::PayerConfig& profile) {
  const boost::urls::url_view base(profile.resource_base);
  const std::string scheme = std::string(base.scheme()) + "://";
  fhir::LinkPolicy policy;
  policy.allowed_origins.push_back(scheme + std::string(base.encoded_host_and_port()));
  for (const std::string& host : profile.allow_hosts) {
    policy.allowed_origins.push_back(scheme + host);
  }
  policy.allowed_path_prefixes = profile.allow_path_prefixes;
  if (policy.allowed_path_prefixes.empty()) {
    policy.allowed_path_prefixes.push_back(std::string(base.encoded_path()) + "/");
  }
  policy.path_rewrites = profile.next_rewrite;
  return policy;
}

}  // namespace

Payer::Payer(config::PayerConfig profile, std::vector<Secret> secrets)
    : config(std::move(profile)),
      client_secrets(std::move(secrets)),
      search{config.resource_base, parse_coverage_param(config.coverage_param)},
      links(link_policy(config)) {}

fhir::SearchProfile Payer::with_other_coverage_param() const {
  fhir::SearchProfile other = search;
  other.coverage_param = search.coverage_param == fhir::CoverageParam::patient
                             ? fhir::CoverageParam::beneficiary
                             : fhir::CoverageParam::patient;
  return other;
}

quota::Profile Payer::quota_profile() const {
  return {config.quota_rate, config.quota_burst, config.quota_floor, config.quota_ceiling,
          config.quota_backfill_share};
}

claims::ParseRequest Payer::parse_request(queue::Resource resource, std::string patient) const {
  return {resource, std::move(patient), config.volatile_pointers};
}

void Payers::add(std::unique_ptr<Payer> payer) {
  PayerName name = payer->config.name;
  by_name_.insert_or_assign(std::move(name), std::move(payer));
}

Payer* Payers::find(const PayerName& name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

std::vector<queue::PayerCap> Payers::caps() const {
  std::vector<queue::PayerCap> caps;
  caps.reserve(by_name_.size());
  for (const auto& [name, payer] : by_name_) {
    caps.push_back({name, payer->config.jobs_running_max});
  }
  return caps;
}

}  // namespace claimferry::worker
