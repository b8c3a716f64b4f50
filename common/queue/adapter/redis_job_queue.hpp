// RedisJobQueue: the queue's port over the scripts in common/queue/lua. Decides nothing: it writes
// arguments, reads answers, and turns error replies into failures.
#pragma once

#include <memory>

#include "common/base/random.hpp"
#include "common/queue/adapter/gathered_script.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

class QueueScripts;

class RedisJobQueue final : public JobQueue {
 public:
  // Both outlive this. random: job ids.
  RedisJobQueue(redis::Client& redis, Random& random);
  ~RedisJobQueue() override;

  awaitable<Result<void>> check_server() override;
  awaitable<Result<ClaimReply>> claim(ClaimRequest request) override;
  awaitable<Result<HeartbeatReply>> heartbeat(std::vector<JobRef> jobs, Duration lease) override;
  awaitable<Result<void>> checkpoint(JobRef job, Cursor cursor) override;
  awaitable<Result<void>> settle(JobRef job, Settlement settlement, MemberUpdate member) override;
  awaitable<Result<void>> raise_fence(Fence above) override;
  awaitable<Result<ReapReply>> reap(unsigned count_max, Duration next_due_in) override;
  awaitable<Result<Enqueued>> enqueue(MemberId member, JobKind kind, Window window,
                                      Lane lane) override;
  awaitable<Result<Enqueued>> add_member(SealedMember member) override;
  awaitable<Result<QueueStats>> stats() override;
  awaitable<Result<bool>> wait_for_work(Duration timeout) override;

 private:
  redis::Client& redis_;
  Random& random_;
  std::shared_ptr<const QueueScripts> scripts_;
  GatheredScript finish_, enqueue_;
};

}  // namespace claimferry::queue
