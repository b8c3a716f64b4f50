// TokenKeeper: a usable access token for a job, refreshed at most once for the whole fleet. The
// order is what keeps a single-use refresh token from being lost: intent durable → request →
// answer sealed and stored by compare-and-set under the fence → only then used.
#pragma once

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/telemetry/event.hpp"
#include "common/vault/vault.hpp"
#include "worker/payer_requests.hpp"

namespace claimferry::worker {

struct AccessToken {
  Secret token;
  std::string patient;
  std::optional<WallTime> use_until;  // refreshed after it; absent: no end was named

  bool has_run_out(WallTime now) const noexcept { return use_until && now >= *use_until; }
};

class TokenKeeper {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    PayerRequests& requests;
    oauth::TokenStore& store;
    const vault::Vault& vault;
    telemetry::Observer& observer;
  };
  explicit TokenKeeper(Ports ports) : ports_(ports) {}

  // must_refresh: the payer answered 401 to the stored one. A stopped job starts no refresh; one
  // that left is carried to its end, at most limits::refresh_deadline, and its answer stored.
  // Failures beside the payer's: local "refresh_uncertain" (a late retry waits), "tokens_renewed"
  // (somebody else stored new ones: come again); permanent "refresh_lost", "no_tokens",
  // "token_of_other_patient"; payer_refused "invalid_grant_surge" (refreshing is stopped);
  // reconsent_required "refresh_lost_consent" (the late retry was refused).
  awaitable<Result<AccessToken>> access(std::shared_ptr<RunningJob> job, Payer& payer,
                                        bool must_refresh);
  // Refreshes whose answer is not stored yet: a drain waits for them.
  unsigned refreshing() const noexcept { return refreshing_; }

 private:
  struct Loaded {
    oauth::SealedTokens sealed;
    vault::DataKey key;  // of these tokens; what comes of them is sealed under it, too
    std::string patient;
  };
  struct Attempt {
    unsigned sends;
    unsigned secret;        // of the client's
    bool has_other_secret;  // which is tried where this one is refused
  };
  awaitable<Result<Loaded>> load(std::shared_ptr<RunningJob> job);
  awaitable<Result<AccessToken>> refresh(std::shared_ptr<RunningJob> job, Payer& payer,
                                         Loaded loaded);
  awaitable<Failure> told_refusal(std::shared_ptr<RunningJob> job, Payer& payer,
                                  std::uint64_t version, unsigned sends, Failure failure);
  awaitable<Result<http::Response>> send_under_intent(std::shared_ptr<RunningJob> job, Payer& payer,
                                                      Loaded loaded, Attempt attempt);
  awaitable<Result<http::Response>> send_with_either_secret(std::shared_ptr<RunningJob> job,
                                                            Payer& payer, Loaded loaded,
                                                            unsigned sends);
  awaitable<Result<void>> knock_if_in_doubt(PayerRequests::Way way, unsigned secret);
  static http::Request request_to(const Payer& payer, unsigned secret, Secret form);
  static Result<http::Request> request(const Payer& payer, unsigned secret, const Loaded& loaded);
  awaitable<Result<AccessToken>> keep(std::shared_ptr<RunningJob> job, Payer& payer, Loaded loaded,
                                      oauth::TokenAnswer answer, std::optional<Failure> unusable);
  awaitable<Result<void>> store(std::shared_ptr<RunningJob> job, std::uint64_t expected,
                                oauth::SealedTokens next);
  awaitable<Result<void>> stored_by_whom(std::shared_ptr<RunningJob> job, oauth::SealedTokens ours,
                                         Failure refused);
  awaitable<void> take_intent_back(std::shared_ptr<RunningJob> job, std::uint64_t version,
                                   unsigned sends);
  static Result<AccessToken> open(const Loaded& loaded);
  void observe(const RunningJob& job, const Payer& payer, std::string_view outcome) const;

  Ports ports_;
  unsigned refreshing_ = 0;
};

}  // namespace claimferry::worker
