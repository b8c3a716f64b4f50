#include "scheduler/queue_watch.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::scheduler {
namespace {

using queue::QueueStats;
using testing::HasSubstr;

// Answers stats() alone.
class QueueOfStats : public queue::JobQueue {
 public:
  awaitable<Result<QueueStats>> stats() override { co_return answer; }
  MOCK_METHOD(awaitable<Result<void>>, check_server, (), (override));
  MOCK_METHOD(awaitable<Result<queue::ClaimReply>>, claim, (queue::ClaimRequest), (override));
  MOCK_METHOD(awaitable<Result<queue::HeartbeatReply>>, heartbeat,
              (std::vector<queue::JobRef>, Duration), (override));
  MOCK_METHOD(awaitable<Result<void>>, checkpoint, (queue::JobRef, queue::Cursor), (override));
  MOCK_METHOD(awaitable<Result<void>>, settle,
              (queue::JobRef, queue::Settlement, queue::MemberUpdate), (override));
  MOCK_METHOD(awaitable<Result<void>>, raise_fence, (Fence), (override));
  MOCK_METHOD(awaitable<Result<queue::ReapReply>>, reap, (unsigned, Duration), (override));
  MOCK_METHOD(awaitable<Result<Enqueued>>, enqueue,
              (MemberId, queue::JobKind, queue::Window, queue::Lane), (override));
  MOCK_METHOD(awaitable<Result<Enqueued>>, add_member, (queue::SealedMember), (override));
  MOCK_METHOD(awaitable<Result<bool>>, wait_for_work, (Duration), (override));

  Result<QueueStats> answer = QueueStats();
};

// Answers INFO alone.
class RedisOfInfo : public redis::Client {
 public:
  awaitable<Result<redis::Reply>> command(redis::Command) override {
    if (is_away) {
      co_return Failure{FailureKind::local, "redis_away", "no answer"};
    }
    co_return redis::Reply{std::string("used_memory:5\r\nmaxmemory_policy:noeviction\r\n")};
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command command, Duration) override {
    co_return co_await this->command(std::move(command));
  }

  bool is_away = false;
};

QueueStats some_stats() {
  QueueStats stats;
  stats.ready_by_lane = {{"backfill", 3}, {"routine", 2}, {"urgent", 1}};
  stats.running = 4;
  stats.delayed = 5;
  stats.dead = 6;
  stats.due_now = 7;
  stats.audit_waiting = 10;
  stats.grants_stopped = {{"aetna", true}};
  stats.consents_ending = {{"30d", 12}, {"7d", 11}};
  stats.members_by_state = {{"active", 8}, {"reconsent", 9}};
  stats.freshness = {{3'600, 1}, {std::numeric_limits<double>::infinity(), 2}};
  stats.oldest_ready = {{"urgent", Duration(1'500)}};
  stats.pauses = {{"lane", 13}};
  stats.workers = 14;
  stats.batches = 15;
  stats.batch_jobs_left = 16;
  return stats;
}

class QueueWatchTest : public testing::Test {
 protected:
  std::string look() {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, watch.look(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
    io.run();
    return metrics.render();
  }
  void expect_the_picture(const std::string& text) {
    for (const auto* line : {R"(claimferry_queue_jobs{lane="urgent",state="ready"} 1)",
                             R"(claimferry_queue_jobs{lane="routine",state="ready"} 2)",
                             R"(claimferry_queue_jobs{lane="backfill",state="ready"} 3)",
                             R"(claimferry_queue_jobs{lane="all",state="running"} 4)",
                             R"(claimferry_queue_jobs{lane="all",state="delayed"} 5)",
                             R"(claimferry_queue_jobs{lane="all",state="dead"} 6)",
                             R"(claimferry_members_due 7)",
                             R"(claimferry_audit_undrained 10)",
                             R"(claimferry_members{state="active"} 8)",
                             R"(claimferry_members{state="reconsent"} 9)",
                             R"(claimferry_grants_stopped{payer="aetna"} 1)",
                             R"(claimferry_queue_oldest_job_seconds{lane="urgent"} 1.5)",
                             R"(claimferry_paused{scope="lane"} 13)",
                             "claimferry_workers 14",
                             "claimferry_backfill_batches 15",
                             R"(claimferry_backfill_batch_jobs{state="left"} 16)",
                             "claimferry_desired_workers 1",
                             "claimferry_drain_eta_seconds 2592000",
                             R"(claimferry_consents_ending{within="7d"} 11)",
                             R"(claimferry_consents_ending{within="30d"} 12)",
                             R"(claimferry_member_freshness_seconds_bucket{le="3600"} 1)",
                             R"(claimferry_member_freshness_seconds_bucket{le="+Inf"} 2)"}) {
      EXPECT_THAT(text, HasSubstr(line));
    }
  }

  SystemClock clock;
  config::WorkerConfig worker;
  testing::NiceMock<QueueOfStats> queue;
  RedisOfInfo redis;
  telemetry::Metrics metrics{"scheduler", {}};
  QueueWatch watch{{clock, queue, redis, metrics}, worker};
};

TEST_F(QueueWatchTest, ShowsTheQueueAsItIsNow) {
  queue.answer = some_stats();
  expect_the_picture(look());
  queue.answer = QueueStats(some_stats());
  queue.answer->running = 0;
  EXPECT_THAT(look(), HasSubstr(R"(claimferry_queue_jobs{lane="all",state="running"} 0)"));
}

TEST_F(QueueWatchTest, TellsWhetherRedisAnswers) {
  const std::string up = look();
  EXPECT_THAT(up, HasSubstr("claimferry_redis_up 1"));
  EXPECT_THAT(up, HasSubstr("claimferry_redis_memory_used_bytes 5"));
  redis.is_away = true;
  EXPECT_THAT(look(), HasSubstr("claimferry_redis_up 0"));
}

TEST_F(QueueWatchTest, KnowsNoNumberWhileRedisIsAway) {
  queue.answer = some_stats();
  look();
  queue.answer = Failure{FailureKind::local, "redis_away", "no answer"};
  redis.is_away = true;
  const std::string away = look();
  for (const auto* line :
       {R"(claimferry_queue_jobs{lane="urgent",state="ready"} Nan)", "claimferry_workers Nan",
        R"(claimferry_members{state="active"} Nan)", "claimferry_desired_workers Nan",
        "claimferry_redis_up 0", "claimferry_redis_memory_used_bytes 5",
        R"(claimferry_member_freshness_seconds_bucket{le="3600"} 1)"}) {
    EXPECT_THAT(away, HasSubstr(line));
  }
  queue.answer = some_stats();
  expect_the_picture(look());
}

}  // namespace
}  // namespace claimferry::scheduler
