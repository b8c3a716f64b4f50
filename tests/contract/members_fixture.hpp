// Members: a queue whose members are in a database of record, with what cuts a program off between
// the two, and what Redis loses.
#pragma once

#include "common/members/adapter/member_recorder.hpp"
#include "common/members/adapter/recorded_register.hpp"
#include "common/members/adapter/recorded_tokens.hpp"
#include "tests/contract/recorded_queue.hpp"

namespace claimferry::members {

using namespace std::chrono_literals;
using queue::aetna;
using queue::Lease;
using queue::member_named;
using queue::SealedMember;
using queue::Verdict;

// A program that dies, or a Redis that is lost, before the call after the next `calls`.
class CutRedis final : public redis::Client {
 public:
  explicit CutRedis(redis::Client& redis) : redis_(redis) {}
  void cut_after(unsigned calls) { left_ = calls; }

  awaitable<Result<redis::Reply>> command(redis::Command command) override {
    if (left_ == 0) {
      co_return Failure{FailureKind::local, "redis_unreachable", "cut"};
    }
    --left_;
    co_return co_await redis_.command(std::move(command));
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command command,
                                                   Duration deadline) override {
    co_return co_await redis_.blocking_command(std::move(command), deadline);
  }

 private:
  redis::Client& redis_;
  unsigned left_ = 0;
};

class Members : public queue::RecordedQueue {
 protected:
  void SetUp() override {
    RecordedQueue::SetUp();
    if (IsSkipped()) {
      return;
    }
    recorder_ = std::make_unique<MemberRecorder>(*redis_, stores_->pool());
    ASSERT_TRUE(run(recorder_->open()).ok());
    cut_ = std::make_unique<CutRedis>(*redis_);
  }
  // As the scheduler does, until there is no more, and `expected` members were news to Redis: a
  // transaction of anybody's that is still open may hold changes back.
  unsigned keep(unsigned expected = 0) {
    unsigned news = 0;
    const auto give_up_at = std::chrono::steady_clock::now() + 20s;
    for (bool more = true;
         more || (news < expected && std::chrono::steady_clock::now() < give_up_at);) {
      const auto step = run(recorder_->step());
      EXPECT_TRUE(step.ok()) << step.failure().code << step.failure().detail;
      news += step.ok() ? step->news : 0;
      more = step.ok() && (step->more || step->recorded > 0);
    }
    return news;
  }
  void lose_redis() { command({"FLUSHALL"}); }
  // Redis as it is now, to come back to.
  void remember() { ASSERT_EQ(text({"SAVE"}), "OK"); }
  void roll_back() {
    server_->kill();
    server_->start();
    // The client finds out that its connection is gone.
    const auto give_up_at = std::chrono::steady_clock::now() + 20s;
    while (!run(redis_->command({"PING"})).ok()) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up_at);
    }
  }
  std::string recorded_state(int number) {
    const auto rows = database_->ask("SELECT state FROM enrolled_member WHERE member = '" +
                                     member_named(number).str() + "'");
    return rows.empty() ? "" : rows[0][0];
  }
  std::string tokens_of(int number) {
    return database_->ask("SELECT count(*) FROM member_token WHERE member = '" +
                          member_named(number).str() + "'")[0][0];
  }
  std::string state(int number) { return member_field(number, "state"); }
  void operator_erases(int number) {
    queue::MemberErasure in_redis(*redis_, random_);
    ASSERT_TRUE(run(in_redis.ask({member_named(number), "person", "test", "console"})).ok());
  }
  void service_erases(int number) {
    const auto asked = run(stores_->erasure().ask({member_named(number), "app", "", "enroll"}));
    ASSERT_TRUE(asked.ok()) << asked.failure().detail;
  }
  // By which an erasure of nobody is timed.
  WallTime redis_time() {
    const auto reply = command({"TIME"});
    const auto& parts = *reply.array();
    return WallTime(
        Duration(std::stoll(*parts[0].text()) * 1000 + std::stoll(*parts[1].text()) / 1000));
  }
  void service_erases_nobody(int number) {
    const auto asked = run(stores_->erasure().ask({member_named(number), "app", "", "enroll"}));
    ASSERT_FALSE(asked.ok());
    EXPECT_EQ(asked.failure().code, "no_member");
  }
  // What the scheduler and a worker do of an erasure, to its end.
  void carry_out_erasures() {
    for (int turn = 0; turn < 20; ++turn) {
      keep();
      ASSERT_TRUE(run(upkeep_->erase(term())).ok());
      for (const Lease& lease : claim(5)) {
        ASSERT_EQ(lease.kind, queue::JobKind::erase);
        ASSERT_TRUE(settle(lease, Verdict::done).ok());
      }
    }
    keep();
  }
  oauth::SealedTokens tokens(int number) { return **run(tokens_->load(member_named(number))); }
  static oauth::SealedTokens next(std::uint64_t version, const std::string& refresh_token) {
    oauth::SealedTokens tokens;
    tokens.version = version;
    tokens.refresh_token = refresh_token;
    return tokens;
  }

  std::unique_ptr<MemberRecorder> recorder_;
  std::unique_ptr<CutRedis> cut_;
};

}  // namespace claimferry::members
