// CodeExchange: trades an authorization code for tokens. A code is used once: what may have reached
// the payer is never sent again. Each request has a permit of the payer's quota, and a quiet that
// the payer asked for holds here as it does for workers.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "common/async/sleeper.hpp"
#include "common/config/config.hpp"
#include "common/http/client.hpp"
#include "common/oauth/tokens.hpp"
#include "common/quota/adapter/payer_quota.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::enroll {

class CodeExchange {
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
  CodeExchange(Ports ports, std::string shard)
      : ports_(std::move(ports)), shard_(std::move(shard)) {}

  // secrets: the payer's, the one to try first in front; two while one is being replaced.
  void add_payer(const config::PayerConfig& profile, std::vector<Secret> secrets);
  // What the fleet announces of a payer goes in here; null for one that is not ours.
  quota::PayerGate* gate_of(const PayerName& payer);

  struct Code {
    PayerName payer;
    Secret code;
    std::string redirect_uri;
    Secret verifier;
  };
  // Failures: payer_refused (every secret was answered 401); reconsent_required (the code is
  // spent, stale or another client's: invalid_grant); rate_limited; retryable; local (no permits);
  // retryable "token_answer_unusable". Permanent "unknown_payer".
  awaitable<Result<oauth::TokenAnswer>> trade(Code code);

 private:
  struct Line {
    Line(const config::PayerConfig& payer, std::vector<Secret> secrets_of_it)
        : profile(payer), secrets(std::move(secrets_of_it)) {}
    config::PayerConfig profile;
    std::vector<Secret> secrets;
    quota::PayerGate gate;
    std::unique_ptr<quota::PayerQuota> quota;
  };
  awaitable<Result<http::Response>> ask(std::shared_ptr<Line> line, http::Request request,
                                        SteadyTime give_up_at);
  awaitable<Result<quota::PayerQuota::Turn>> turn(std::shared_ptr<Line> line,
                                                  SteadyTime give_up_at);
  awaitable<Result<http::Response>> transmit(PayerName payer, http::Request request);
  std::optional<Failure> judge(Line& line, const Result<http::Response>& response) const;

  Ports ports_;
  std::string shard_;
  quota::InFlightCap in_flight_{32};
  std::map<PayerName, std::shared_ptr<Line>> lines_;
};

}  // namespace claimferry::enroll
