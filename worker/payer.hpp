// Payer: a connection profile made ready for pulling: parsed origins, the client's secrets in
// memory, and the gate that holds every shard of this process while the payer asked for quiet.
#pragma once

#include <map>
#include <memory>

#include "common/base/clock.hpp"
#include "common/claims/parse.hpp"
#include "common/config/config.hpp"
#include "common/fhir/next_link.hpp"
#include "common/fhir/search.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/quota/adapter/fleet_quota.hpp"
#include "common/quota/payer_gate.hpp"
#include "worker/client_secrets.hpp"

namespace claimferry::worker {

struct Payer {
  config::PayerConfig config;
  ClientSecrets client_secrets;
  fhir::SearchProfile search;
  fhir::LinkPolicy links;
  quota::PayerGate gate;

  Payer(config::PayerConfig profile, std::vector<Secret> secrets);
  Payer(config::PayerConfig profile, Secret secret)
      : Payer(std::move(profile), std::vector<Secret>{std::move(secret)}) {}
  // The profile with the other name for Coverage's patient parameter.
  fhir::SearchProfile with_other_coverage_param() const;
  quota::Profile quota_profile() const;
  claims::ParseRequest parse_request(queue::Resource resource, std::string patient) const;
};

// The payers of this process, by name; made once at start and read by every shard.
class Payers {
 public:
  void add(std::unique_ptr<Payer> payer);
  Payer* find(const PayerName& name) const noexcept;
  std::vector<queue::PayerCap> caps() const;

 private:
  std::map<PayerName, std::unique_ptr<Payer>> by_name_;
};

}  // namespace claimferry::worker
