// Enroller: the way of one enrolment: where a browser is sent, and what follows when the payer
// sends it back. Nothing is registered before everything is known: a member is there whole or not
// at all.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/random.hpp"
#include "common/config/config.hpp"
#include "common/queue/adapter/enrolment_store.hpp"
#include "common/telemetry/event.hpp"
#include "common/vault/vault.hpp"
#include "scheduler/enroll/code_exchange.hpp"
#include "scheduler/enroll/discovery_cache.hpp"
#include "scheduler/enroll/member_registry.hpp"
#include "scheduler/enroll/outcome.hpp"

namespace claimferry::enroll {

class Enroller {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    queue::EnrolmentStore& pending;
    MemberRegistry& members;
    CodeExchange& exchange;
    DiscoveryCache& discovery;
    const vault::Vault& vault;
    telemetry::Observer& observer;
  };
  Enroller(Ports ports, const config::Config& config) : ports_(ports), config_(config) {}

  struct Wanted {
    MemberId member;
    PayerName payer;
    std::string return_to;  // empty: a page of our own
    std::string by;         // who asks
  };
  // The payer's authorization URL, good for limits::enrolment_life. Permanent "unknown_payer",
  // "other_payer", "not_active"; those of DiscoveryCache; local.
  awaitable<Result<Secret>> begin(Wanted wanted);

  struct Ending {
    const Outcome* outcome;
    std::string return_to;  // empty: a page of our own
  };
  // query: of the callback, as it came.
  awaitable<Ending> finish(Secret query);

 private:
  struct Returned {
    Secret code;
    std::string error;
    std::vector<std::string> state_hashes;
  };
  static std::optional<Returned> read(const Secret& query);
  void tell(telemetry::CallbackEnd end);
  // Failures: outcome_of() says what they come to.
  awaitable<Result<const Outcome*>> settle(Returned returned, queue::TakenEnrolment taken);
  awaitable<Result<const Outcome*>> connect(Secret code, queue::TakenEnrolment taken);
  awaitable<Result<const Outcome*>> keep(queue::TakenEnrolment taken, oauth::TokenAnswer answer);
  oauth::Consent consent_to(const config::PayerConfig& payer,
                            const oauth::TokenAnswer& answer) const;

  Ports ports_;
  const config::Config& config_;
};

}  // namespace claimferry::enroll
