// RedisTokenStore: the store of sealed tokens in Redis, under a prefix of its own, beside the queue
// whose fences guard it.
#pragma once

#include <memory>

#include "common/oauth/adapter/token_store.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

class QueueScripts;

class RedisTokenStore final : public oauth::TokenStore {
 public:
  explicit RedisTokenStore(redis::Client& redis);
  ~RedisTokenStore() override;

  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId member) override;
  awaitable<Result<void>> record_intent(JobRef job, std::uint64_t version, unsigned sends) override;
  awaitable<Result<Refusal>> refused(JobRef job, std::uint64_t version, double share_max) override;
  awaitable<Result<void>> store(JobRef job, std::uint64_t expected,
                                oauth::SealedTokens tokens) override;

 private:
  redis::Client& redis_;
  std::shared_ptr<const QueueScripts> scripts_;
};

}  // namespace claimferry::queue
