// Tokens that are idle: when they are due to be refreshed, who plans it, and that a pause of the
// member does not keep it from happening.
#include "tests/contract/recorded_queue.hpp"

namespace claimferry::queue {
namespace {

constexpr std::int64_t day = 86'400'000;

class Keepalive : public RecordedQueue {
 protected:
  // How far ahead the member's tokens are due, in ms; nothing where they are not.
  std::optional<std::int64_t> due_in(int number) {
    const std::string at = text({"ZSCORE", "cf:{0}:keepalive:aetna", name(number)});
    return at.empty() ? std::nullopt : std::optional(std::stoll(at) - now_ms());
  }
  std::int64_t now_ms() {
    const auto reply = command({"TIME"});
    const auto& parts = *reply.array();
    return std::stoll(*parts[0].text()) * 1'000 + std::stoll(*parts[1].text()) / 1'000;
  }
  static std::string name(int number) { return "M" + std::to_string(number); }
  void idle(int number) { command({"ZADD", "cf:{0}:keepalive:aetna", "1", name(number)}); }
  // Added, synced and done: nothing of it is queued.
  void settle_in(int number) {
    add(number);
    EXPECT_TRUE(settle(claim(1).at(0), Verdict::done).ok());
  }
  void expect_about(std::optional<std::int64_t> actual, std::int64_t expected) {
    ASSERT_TRUE(actual);
    EXPECT_LE(*actual, expected);
    EXPECT_GT(*actual, expected - 60'000);
  }
  bool pause(int number) {
    return number_of({"HSET", "cf:{0}:paused", "member:" + name(number), "0"}) == 1;
  }
  std::int64_t number_of(redis::Command words) { return number(std::move(words)); }
};

TEST_P(Keepalive, IsDueAWeekAfterTheConsentAndAfterEachRefresh) {
  add(1);
  expect_about(due_in(1), 7 * day);
  const Lease lease = claim(1).at(0);
  oauth::SealedTokens next;
  next.version = 2;
  next.refresh_token = "rotated";
  struct Row {
    std::optional<Duration> life;
    std::int64_t due_in;
  };
  const Row table[] = {{std::nullopt, 7 * day},
                       {31 * 24h, 7 * day},
                       {28 * 24h, 7 * day},
                       {8h, 2 * 3'600'000},
                       {365 * 24h, 7 * day}};
  for (const Row& row : table) {
    next.refresh_token_life = row.life;
    ASSERT_TRUE(run(tokens_->store(lease.ref, next.version - 1, next)).ok());
    ++next.version;
    expect_about(due_in(1), row.due_in);
  }
}

// As after an upgrade from a release that kept nothing alive.
TEST_P(Keepalive, IsGivenToWhoHasNoneByTheLastSuccess) {
  damages_queue_ = true;
  for (const int number : {1, 2, 3}) {
    settle_in(number);
    command({"ZREM", "cf:{0}:keepalive:aetna", name(number)});
  }
  add(4);
  const std::int64_t idle_since = now_ms() - 20 * day;
  command({"HSET", "cf:{0}:member:M2", "last_ok", std::to_string(idle_since)});
  command({"ZADD", "cf:{0}:lastok", std::to_string(idle_since), "M2"});
  command({"HSET", "cf:{0}:member:M3", "state", "reconsent"});
  command({"ZREM", "cf:{0}:keepalive:aetna", "M4"});  // added, and never synced
  const std::vector<MemberId> members{member_named(1), member_named(2), member_named(3),
                                      member_named(4)};
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(*run(upkeep_->reconcile(term(), members, 1min)), 0U) << "none was due again";
    expect_about(due_in(1), 7 * day);
    expect_about(due_in(2), -13 * day);
    EXPECT_FALSE(due_in(3));
    ASSERT_TRUE(due_in(4));
    EXPECT_LT(*due_in(4), 0);
  }
}

TEST_P(Keepalive, IsPlannedOnceAndTouchesNeitherFreshnessNorTheNextDueTime) {
  settle_in(1);
  const std::string last_ok = member_field(1, "last_ok");
  const std::string next_due = member_field(1, "next_due");
  EXPECT_EQ(plan().planned, 0U) << "nothing is idle";
  idle(1);
  EXPECT_EQ(plan().planned, 1U);
  expect_about(due_in(1), 3'600'000);
  idle(1);
  EXPECT_EQ(plan().already_queued, 1U);
  const Lease lease = claim(1).at(0);
  EXPECT_EQ(lease.kind, JobKind::keepalive);
  EXPECT_EQ(lease.lane, Lane::routine);
  EXPECT_TRUE(run(queue_->settle(lease.ref, Settlement(), {3h, false})).ok());
  EXPECT_EQ(member_field(1, "last_ok"), last_ok);
  EXPECT_EQ(member_field(1, "next_due"), next_due);
  EXPECT_EQ(text({"ZSCORE", "cf:{0}:due:aetna", "M1"}), next_due);
}

TEST_P(Keepalive, ThatEndsDeadIsTriedAgainAWeekLater) {
  settle_in(1);
  idle(1);
  EXPECT_EQ(plan().planned, 1U);
  EXPECT_TRUE(settle(claim(1).at(0), Verdict::dead).ok());
  expect_about(due_in(1), 7 * day);
}

TEST_P(Keepalive, ReachesAPausedMemberAndNothingElseOfItDoes) {
  settle_in(1);
  ASSERT_TRUE(run(queue_->enqueue(member_named(1), JobKind::sync, Window{}, Lane::urgent))->is_new);
  pause(1);
  EXPECT_TRUE(claim(1).empty());
  idle(1);
  EXPECT_EQ(plan().planned, 1U);
  const auto leases = claim(5);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].kind, JobKind::keepalive);
  // It comes back, too, when it did not go well.
  EXPECT_TRUE(settle(leases[0], Verdict::snooze).ok());
  pass(5ms);
  EXPECT_EQ(*promote(), 1U);
  EXPECT_EQ(claim(5).at(0).kind, JobKind::keepalive);
}

TEST_P(Keepalive, SendsNothingForAPausedPayer) {
  settle_in(1);
  for (const char* scope : {"payer:aetna", "lane:routine", "all"}) {
    idle(1);
    command({"HSET", "cf:{0}:paused", scope, "0"});
    EXPECT_EQ(plan().planned, 0U) << scope;
    command({"HDEL", "cf:{0}:paused", scope});
  }
  EXPECT_EQ(plan().planned, 1U);
}

TEST_P(Keepalive, KeepsWithinTheQueueAhead) {
  for (const int number : {1, 2, 3}) {
    settle_in(number);
    idle(number);
  }
  EXPECT_EQ(plan(2).planned, 1U) << "half of the room: syncs are due as well";
  EXPECT_EQ(plan(2).planned, 1U);
  EXPECT_EQ(plan(2).planned, 0U);
}

TEST_P(Keepalive, EndsWithTheConsent) {
  add(1);
  EXPECT_TRUE(settle(claim(1).at(0), Verdict::reconsent).ok());
  EXPECT_FALSE(due_in(1));
  // Written by hand, it is taken out again.
  idle(1);
  EXPECT_EQ(plan().planned, 0U);
  EXPECT_FALSE(due_in(1));
}

INSTANTIATE_TEST_SUITE_P(On, Keepalive, on_each(),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace claimferry::queue
