// RedisQueueCheck: fsck's port over lua/fsck and the SCAN commands.
#pragma once

#include <memory>

#include "common/queue/adapter/queue_check.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

class QueueScripts;

class RedisQueueCheck final : public QueueCheck {
 public:
  explicit RedisQueueCheck(redis::Client& redis);  // outlives this
  ~RedisQueueCheck() override;

  awaitable<Result<CheckReply>> check(CheckRequest request) override;
  awaitable<Result<Page>> keys(std::string from) override;
  awaitable<Result<Page>> members(std::string name, std::string from) override;
  awaitable<Result<Page>> pairs(std::string name, std::string from) override;

 private:
  awaitable<Result<Page>> page(redis::Command command);

  redis::Client& redis_;
  std::shared_ptr<const QueueScripts> scripts_;
};

}  // namespace claimferry::queue
