// TokenPort: the token store as a host sees it. A host that holds the payer's answer and is told
// that the lease is lost must have another's refresh before it: else the only token is lost.
#pragma once

#include <set>

#include "common/queue/adapter/redis_token_store.hpp"
#include "tests/world/host.hpp"

namespace claimferry::world {

class TokenPort final : public oauth::TokenStore {
 public:
  TokenPort(redis::Client& redis, Surroundings& around) : store_(redis), around_(around) {}
  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId member) override {
    return store_.load(std::move(member));
  }
  awaitable<Result<void>> record_intent(queue::JobRef job, std::uint64_t version,
                                        unsigned sends) override {
    return store_.record_intent(std::move(job), version, sends);
  }
  awaitable<Result<Refusal>> refused(queue::JobRef job, std::uint64_t version,
                                     double share_max) override {
    return store_.refused(std::move(job), version, share_max);
  }
  awaitable<Result<void>> store(queue::JobRef job, std::uint64_t expected,
                                oauth::SealedTokens tokens) override;

 private:
  bool is_barred(const queue::JobRef& job, std::uint64_t expected);

  queue::RedisTokenStore store_;
  Surroundings& around_;
  // Refused, though nothing stood there when its answer came: by the time it did, a late retry that
  // had barred it may have been over. The next try must succeed.
  std::set<std::string> refused_for_nothing_;
};

}  // namespace claimferry::world
