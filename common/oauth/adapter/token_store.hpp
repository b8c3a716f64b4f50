// TokenStore: the store of record of sealed tokens. Writes are fenced by the job's lease and
// compare the version, so that of two workers only the rightful one stores.
#pragma once

#include <optional>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/oauth/tokens.hpp"
#include "common/queue/job.hpp"

namespace claimferry::oauth {

class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual awaitable<Result<std::optional<SealedTokens>>> load(MemberId member) = 0;
  // Fewer sends than recorded take a request back that did not use the refresh token, also after
  // the lease as long as the job's own intent stands; 0 leaves no intent.
  // lease_lost when the fence is stale, permanent/"token_version" when `version` is not the stored
  // one.
  // payer_refused "invalid_grant_surge" while the payer's refreshes are stopped.
  virtual awaitable<Result<void>> record_intent(queue::JobRef job, std::uint64_t version,
                                                unsigned sends) = 0;
  // The payer answered invalid_grant: takes the intent back, and answers whether so many were
  // refused that refreshing is stopped, in which case the member's consent is not to be given up.
  struct Refusal {
    bool is_stopped;
    bool stopped_now;  // by this one
    Duration asks_in;  // until one refresh may ask whether it is over
  };
  virtual awaitable<Result<Refusal>> refused(queue::JobRef job, std::uint64_t version,
                                             double share_max) = 0;
  // Stores tokens.version == expected + 1, and clears the intent, in one step. Under the lease, or
  // after it where the job recorded an intent and no other's stands: what the payer answered is the
  // only token. Where a successor's late retry was refused meanwhile, the member is active again.
  virtual awaitable<Result<void>> store(queue::JobRef job, std::uint64_t expected,
                                        SealedTokens tokens) = 0;
};

}  // namespace claimferry::oauth
