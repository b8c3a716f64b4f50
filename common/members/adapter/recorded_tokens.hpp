// RecordedTokens: the TokenStore of a fleet whose members stand in a database: tokens and intents
// are there alone, and Redis, which is asked for the lease and for whether the payer's refreshes
// are stopped, holds none. Whatever Redis lost or has back from an earlier time, no refresh token
// but the last one is ever read.
#pragma once

#include <memory>

#include "common/members/adapter/postgres_tokens.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/redis/client.hpp"

namespace claimferry::members {

class RecordedTokens final : public oauth::TokenStore {
 public:
  // redis outlives it.
  RecordedTokens(redis::Client& redis, std::shared_ptr<postgres::Pool> pool)
      : redis_(redis), tokens_(std::move(pool)) {}

  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId member) override;
  awaitable<Result<void>> record_intent(queue::JobRef job, std::uint64_t version,
                                        unsigned sends) override;
  awaitable<Result<Refusal>> refused(queue::JobRef job, std::uint64_t version,
                                     double share_max) override;
  awaitable<Result<void>> store(queue::JobRef job, std::uint64_t expected,
                                oauth::SealedTokens tokens) override;

 private:
  struct Standing {
    bool is_held;
    Duration wait;  // until a refresh of the payer may leave
  };
  awaitable<void> outgrow(Fence standing);
  awaitable<Result<Standing>> ask(queue::JobRef job, bool leaves);
  awaitable<Result<void>> may_send(queue::JobRef job, bool leaves);
  awaitable<Result<Refusal>> deny(queue::JobRef job, double share_max);
  struct Served {
    std::uint64_t version;
    std::string key;  // the id of the one that sealed
    std::optional<Duration> life;
    Duration left_before;
    bool outlived;  // a successor's late retry was refused meanwhile, or may have been
  };
  awaitable<Result<void>> tell(queue::JobRef job, Served served);

  redis::Client& redis_;
  PostgresTokens tokens_;
};

}  // namespace claimferry::members
