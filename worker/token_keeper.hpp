// TokenKeeper: a usable access token for a job, refreshed at most once for the whole fleet. The
// order is what keeps a single-use refresh token from being lost: intent durable → request →
// answer sealed and stored by compare-and-set under the fence → only then used.
#pragma once

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/http/client.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/telemetry/event.hpp"
#include "common/vault/vault.hpp"
#include "worker/payer.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

struct AccessToken {
  Secret token;
  std::string patient;
  std::optional<WallTime> use_until;  // refreshed after it; absent: no end was named
};

class TokenKeeper {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    http::Client& http;
    oauth::TokenStore& store;
    const vault::Vault& vault;
    telemetry::Observer& observer;
  };
  explicit TokenKeeper(Ports ports) : ports_(ports) {}

  // must_refresh: the payer answered 401 to the stored one. Never interrupted: a refresh that left
  // is carried to its end.
  awaitable<Result<AccessToken>> access(std::shared_ptr<RunningJob> job, Payer& payer,
                                        bool must_refresh);

 private:
  struct Loaded {
    oauth::SealedTokens sealed;
    std::string patient;
  };
  awaitable<Result<Loaded>> load(std::shared_ptr<RunningJob> job, Payer& payer);
  awaitable<Result<AccessToken>> refresh(std::shared_ptr<RunningJob> job, Payer& payer,
                                         Loaded loaded);
  awaitable<Result<http::Response>> send(std::shared_ptr<RunningJob> job, Payer& payer,
                                         Secret refresh_token);
  awaitable<Result<AccessToken>> keep(std::shared_ptr<RunningJob> job, Payer& payer, Loaded loaded,
                                      oauth::TokenAnswer answer);
  awaitable<void> take_intent_back(std::shared_ptr<RunningJob> job, std::uint64_t version);
  Result<AccessToken> open(const RunningJob& job, const Payer& payer, const Loaded& loaded) const;
  void observe(const RunningJob& job, const Payer& payer, std::string_view outcome) const;

  Ports ports_;
};

}  // namespace claimferry::worker
