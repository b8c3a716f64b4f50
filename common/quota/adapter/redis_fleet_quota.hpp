// RedisFleetQuota: the quota's port over the scripts in common/queue/lua/quota. Decides nothing.
#pragma once

#include <memory>

#include "common/quota/adapter/fleet_quota.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {
class QueueScripts;
}

namespace claimferry::quota {

class RedisFleetQuota final : public FleetQuota {
 public:
  explicit RedisFleetQuota(redis::Client& redis);  // outlives this
  ~RedisFleetQuota() override;

  awaitable<Result<Answer>> ask(Ask ask) override;
  awaitable<Result<Quiet>> refused(Refusal refusal) override;
  awaitable<Result<BreakerReply>> breaker(PayerName payer, BreakerWord word, std::string shard,
                                          Barred barred, Duration probe_for) override;

 private:
  redis::Client& redis_;
  std::shared_ptr<const queue::QueueScripts> scripts_;
};

}  // namespace claimferry::quota
