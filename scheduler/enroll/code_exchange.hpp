// CodeExchange: trades an authorization code for tokens. A code is used once: what may have reached
// the payer is never sent again.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "common/oauth/tokens.hpp"
#include "scheduler/enroll/payer_access.hpp"

namespace claimferry::enroll {

class CodeExchange {
 public:
  CodeExchange(const Clock& clock, PayerAccess& payers) : clock_(clock), payers_(payers) {}

  // secrets: the payer's, the one to try first in front; two while one is being replaced. Replaces
  // what the payer had, also for an exchange under way whose own secrets are all refused.
  void add_payer(const config::PayerConfig& profile, std::vector<Secret> secrets);

  struct Code {
    PayerName payer;
    Secret code;
    std::string redirect_uri;
    Secret verifier;
  };
  // Failures: payer_refused "client_refused" (with every secret), and others of one try;
  // reconsent_required (the code is spent, stale or another client's: invalid_grant); rate_limited;
  // retryable; local (no permits); retryable "token_answer_unusable". Permanent "unknown_payer".
  awaitable<Result<oauth::TokenAnswer>> trade(Code code);

 private:
  struct Client {
    config::PayerConfig profile;
    std::vector<Secret> secrets;
  };

  const Clock& clock_;
  PayerAccess& payers_;
  // An exchange under way keeps what it began with: a client may be replaced beside it.
  std::map<PayerName, std::shared_ptr<const Client>> clients_;
};

}  // namespace claimferry::enroll
