// Payer: a connection profile made ready for pulling: parsed origins, the client's secret in
// memory, and the gate that holds every shard of this process while the payer asked for quiet.
#pragma once

#include <atomic>
#include <map>
#include <memory>

#include "common/base/clock.hpp"
#include "common/claims/parse.hpp"
#include "common/config/config.hpp"
#include "common/fhir/next_link.hpp"
#include "common/fhir/search.hpp"
#include "common/queue/adapter/job_queue.hpp"

namespace claimferry::worker {

// Until when the payer asked for quiet. Written and read by every shard.
class PayerGate {
 public:
  void block(SteadyTime until) noexcept;
  // How many bursts of 429 came in a row, this one included. A 429 while already blocked belongs to
  // the same burst.
  unsigned count_burst(SteadyTime now) noexcept;
  void answered() noexcept { bursts_.store(0, std::memory_order_relaxed); }
  // Zero when open.
  Duration remaining(SteadyTime now) const noexcept;

 private:
  std::atomic<std::int64_t> blocked_until_us_{0};
  std::atomic<unsigned> bursts_{0};
};

struct Payer {
  config::PayerConfig config;
  Secret client_secret;
  fhir::SearchProfile search;
  fhir::LinkPolicy links;
  PayerGate gate;

  Payer(config::PayerConfig profile, Secret secret);
  // The profile with the other name for Coverage's patient parameter.
  fhir::SearchProfile with_other_coverage_param() const;
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
