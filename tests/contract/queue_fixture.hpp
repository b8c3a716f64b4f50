// QueueContract: one queue of a test's own, on a real Redis or on the in-memory keyspace that the
// simulated world uses, and the calls that its promises are tested with.
#pragma once

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/redis_queue_upkeep.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "common/redis/tcp_client.hpp"
#include "tests/contract/clean_queue.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::queue {

using namespace std::chrono_literals;
using contract::RedisServer;

inline const PayerName aetna = *PayerName::parse("aetna");
inline const PayerName other = *PayerName::parse("other");
inline const WorkerId worker = *WorkerId::parse("w1");

inline MemberId member_named(int number) {
  return *MemberId::parse("M" + std::to_string(number));
}

class QueueContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (real()) {
      CLAIMFERRY_NEEDS_REDIS();
      server_ = std::make_unique<RedisServer>();
      server_->start();
      redis_ = std::make_unique<redis::TcpClient>(executor_of(io_), server_->endpoint(), random_);
    } else {
      memory_ = std::make_unique<world::MemoryRedisServer>([this] { return now_us_; });
      redis_ = std::make_unique<world::MemoryRedis>(*memory_);
    }
    queue_ = std::make_unique<RedisJobQueue>(*redis_, random_);
    upkeep_ = std::make_unique<RedisQueueUpkeep>(*redis_, random_);
    const auto login = database();
    if (IsSkipped()) {
      return;
    }
    stores_ = std::make_unique<members::MemberStores>(executor_of(io_), *redis_, login, 2, clock_,
                                                      random_);
    tokens_ = &stores_->tokens();
    quota_ = std::make_unique<quota::RedisFleetQuota>(*redis_);
  }

  // Of members, where the suite keeps them in one.
  virtual std::optional<postgres::Login> database() { return std::nullopt; }

  // What a test left behind is sound, where it did not damage the queue itself.
  void TearDown() override {
    const bool looks = redis_ && !damages_queue_ && !IsSkipped() && !HasFatalFailure();
    if (looks && contract::missing_for_fsck(io_, *redis_).empty()) {
      contract::expect_clean_queue(io_, *redis_);
    }
  }

  // For a test of fsck, with operators' words: the in-memory keyspace may not know all of it yet.
  void skip_where_unknown() {
    auto missing = contract::missing_for_fsck(io_, *redis_);
    if (missing.empty()) {
      missing = contract::first_unknown(io_, *redis_, {{"XDEL", "none", "1-0"}});
    }
    if (!missing.empty()) {
      GTEST_SKIP() << "the in-memory keyspace knows no " << missing;
    }
  }

  bool real() const { return std::string_view(GetParam()) != "memory"; }
  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }
  redis::Reply command(redis::Command words) { return *run(redis_->command(std::move(words))); }
  std::string text(redis::Command words) {
    const auto reply = command(std::move(words));
    return reply.text() == nullptr ? "" : *reply.text();
  }
  std::int64_t number(redis::Command words) { return *command(std::move(words)).integer(); }

  // Lets Redis' clock move on.
  void pass(Duration how_long) {
    now_us_ += how_long.count() * 1'000;
    if (!real()) {
      return;
    }
    const auto until = std::chrono::steady_clock::now() + how_long;
    while (std::chrono::steady_clock::now() < until) {
      command({"PING"});
    }
  }

  MemberRegister& member_register() { return stores_->register_or(*queue_); }
  JobId add(int number, const PayerName& payer = aetna) {
    auto added =
        run(member_register().add_member({member_named(number), payer, "patient", "refresh"}));
    EXPECT_TRUE(added.ok()) << added.failure().code << added.failure().detail;
    return added->job;
  }
  std::vector<Lease> claim(unsigned count, Duration lease = 30s, unsigned cap = 100) {
    auto reply = run(queue_->claim({worker, count, lease, {{aetna, cap}, {other, cap}}}));
    EXPECT_TRUE(reply.ok()) << reply.failure().detail;
    return std::move(reply->leases);
  }
  Result<void> settle(const Lease& lease, Verdict verdict, Duration delay = 0ms) {
    Settlement settlement;
    settlement.verdict = verdict;
    settlement.delay = delay;
    settlement.code = "code";
    return run(queue_->settle(lease.ref, settlement, {1h, lease.window.is_sweep()}));
  }
  // As a 429 does.
  bool block(const PayerName& payer, Duration how_long) {
    return run(quota_->refused({payer, 0, how_long, 0})).ok();
  }
  PlanReply plan(std::size_t ahead_max = 1'000) {
    return *run(upkeep_->plan(term(), {100, ahead_max, 720h, "2024-01-01", 1h}));
  }
  // The first to ask leads, here for ever.
  Term term() {
    const auto led = run(upkeep_->lead("s1", 1min, 24h));
    EXPECT_TRUE(led.ok()) << led.failure().detail;
    return {"s1", led.ok() ? led->term : ""};
  }
  Result<unsigned> promote(unsigned count_max = 10) {
    return run(upkeep_->promote(term(), count_max));
  }
  std::string job_field(const JobId& job, const std::string& field) {
    return text({"HGET", "cf:{0}:job:" + job.str(), field});
  }
  std::string member_field(int member, const std::string& field) {
    return text({"HGET", "cf:{0}:member:M" + std::to_string(member), field});
  }

  bool damages_queue_ = false;  // set by a test that writes to Redis past the queue
  boost::asio::io_context io_;
  SeededRandom random_{7};
  std::int64_t now_us_ = 1'800'000'000'000'000;
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<world::MemoryRedisServer> memory_;
  std::unique_ptr<redis::Client> redis_;
  std::unique_ptr<RedisJobQueue> queue_;
  std::unique_ptr<RedisQueueUpkeep> upkeep_;
  SystemClock clock_;
  std::unique_ptr<members::MemberStores> stores_;
  oauth::TokenStore* tokens_ = nullptr;
  std::unique_ptr<quota::RedisFleetQuota> quota_;
};

}  // namespace claimferry::queue
