// RedisQueueUpkeep: the scheduler's port over the scripts in common/queue/lua. Decides nothing.
#pragma once

#include <memory>

#include "common/base/random.hpp"
#include "common/queue/adapter/queue_upkeep.hpp"
#include "common/redis/client.hpp"
#include "common/redis/script.hpp"

namespace claimferry::queue {

class QueueScripts;

class RedisQueueUpkeep final : public QueueUpkeep {
 public:
  // Both outlive this. random: job ids.
  RedisQueueUpkeep(redis::Client& redis, Random& random);
  ~RedisQueueUpkeep() override;

  awaitable<Result<LeadReply>> lead(std::string holder, Duration lease, Duration interval) override;
  awaitable<Result<void>> resign(std::string holder) override;
  awaitable<Result<unsigned>> promote(Term term, unsigned count_max) override;
  awaitable<Result<PlanReply>> plan(Term term, PlanRequest request) override;
  awaitable<Result<TidyReply>> tidy(Term term, unsigned count_max) override;
  awaitable<Result<WordsReply>> take_inbox(Term term) override;
  awaitable<Result<WordsReply>> carry_out(Term term) override;
  awaitable<Result<unsigned>> expand(Term term, std::size_t queue_ahead_max) override;
  awaitable<Result<unsigned>> reconcile(Term term, std::vector<MemberId> members,
                                        Duration spread) override;
  awaitable<Result<EraseReply>> erase(Term term) override;
  awaitable<Result<RetainReply>> retain(Term term, std::vector<MemberId> members,
                                        Retention policy) override;

 private:
  // Whether a stream or a set holds anything: an empty one is not worth a script.
  awaitable<Result<bool>> holds_any(std::string length_command, std::string key);
  // One step of what people wrote into a stream.
  awaitable<Result<WordsReply>> take_words(Term term, std::string stream, redis::Script script);

  redis::Client& redis_;
  Random& random_;
  std::shared_ptr<const QueueScripts> scripts_;
};

}  // namespace claimferry::queue
