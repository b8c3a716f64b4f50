// How a member leaves, on a real Redis and on the in-memory one: what stops at once, what a worker
// is given to do, what is left, and that nothing brings it back.
#include "common/queue/adapter/member_erasure.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

const Window since_2023 = *Window::parse("2023-01-01..");

class QueueErasure : public QueueContract {
 protected:
  Result<ErasureAsked> ask(int number) {
    MemberErasure erasure(*redis_, random_);
    return run(erasure.ask({member_named(number), "ada", "left the plan", "enroll"}));
  }
  void leave(int number) { ASSERT_TRUE(ask(number).ok()); }
  // The leader's steps, until no member's time has come. Answers how many were erased.
  unsigned steps() {
    unsigned erased = 0;
    for (int call = 0; call < 100; ++call) {
      const auto reply = run(upkeep_->erase(term()));
      EXPECT_TRUE(reply.ok()) << reply.failure().detail;
      erased += reply->erased;
      if (reply->looked_at == 0) {
        return erased;
      }
    }
    ADD_FAILURE() << "the steps never end";
    return erased;
  }
  std::vector<Lease> claim_of_nobody(unsigned count) {
    return run(queue_->claim({worker, count, 30s, {}}))->leases;
  }
  void erase_through(int number) {
    ASSERT_TRUE(ask(number).ok());
    steps();
    const auto leases = claim_of_nobody(10);
    ASSERT_EQ(leases.size(), 1U);
    ASSERT_EQ(leases[0].kind, JobKind::erase);
    ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
    ASSERT_EQ(steps(), 1U);
  }
  bool exists(const std::string& key) { return number({"EXISTS", key}) == 1; }
  bool is_in(const std::string& set, const std::string& item) {
    return !command({"ZSCORE", "cf:{0}:" + set, item}).is_nil();
  }
  std::string state_of(int number) { return member_field(number, "state"); }
  void expect_no_ended_job_of(int number) {
    for (const char* history : {"done", "dead"}) {
      const auto ended = command({"ZRANGE", std::string("cf:{0}:") + history, "0", "-1"});
      for (const redis::Reply& job : *ended.array()) {
        EXPECT_NE(text({"HGET", "cf:{0}:job:" + *job.text(), "member"}),
                  member_named(number).str());
      }
    }
  }
  // The erasure's entries, step by step.
  std::string audit_steps() {
    std::string steps;
    const auto entries = command({"XRANGE", "cf:{0}:audit", "-", "+"});
    for (const redis::Reply& entry : *entries.array()) {
      const auto& fields = *(*entry.array())[1].array();
      for (std::size_t at = 0; at + 1 < fields.size(); at += 2) {
        steps += *fields[at].text() == "step" ? *fields[at + 1].text() + " " : "";
      }
    }
    return steps;
  }
  oauth::SealedTokens rotated() const {
    oauth::SealedTokens next;
    next.version = 1;
    next.refresh_token = "rotated";
    next.access_token = "access";
    next.access_issued_at = WallTime(1s);
    next.patient = "patient";
    return next;
  }
};

TEST_P(QueueErasure, LeavesATombstoneAndNothingElse) {
  add(1);
  add(2);
  for (const Lease& lease : claim(2)) {
    ASSERT_TRUE(settle(lease, Verdict::done).ok());
  }
  ASSERT_TRUE(
      run(queue_->enqueue(member_named(1), JobKind::backfill, since_2023, Lane::backfill)).ok());
  ASSERT_TRUE(settle(claim(1)[0], Verdict::dead).ok());
  ASSERT_TRUE(run(queue_->enqueue(member_named(1), JobKind::sync, Window{}, Lane::routine)).ok());
  const auto asked = ask(1);
  ASSERT_TRUE(asked.ok()) << asked.failure().detail;
  EXPECT_TRUE(asked->is_new);
  EXPECT_EQ(state_of(1), "erasing");
  EXPECT_TRUE(claim(10).empty());  // not even before the scheduler's first step

  EXPECT_EQ(steps(), 0U);
  EXPECT_FALSE(exists("cf-tok:{0}:M1"));
  EXPECT_TRUE(exists("cf-tok:{0}:M2"));
  EXPECT_FALSE(is_in("due:aetna", "M1"));
  EXPECT_EQ(run(queue_->stats())->members_by_state.at("erasing"), 1U);
  const auto leases = claim(10);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].kind, JobKind::erase);
  EXPECT_EQ(leases[0].ref.member, member_named(1));
  EXPECT_EQ(leases[0].payer, aetna);
  ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
  EXPECT_EQ(steps(), 1U);

  const auto tombstone = command({"HGETALL", "cf:{0}:member:M1"});
  EXPECT_EQ(tombstone.array()->size(), 10U);
  EXPECT_EQ(state_of(1), "erased");
  EXPECT_EQ(member_field(1, "payer"), "aetna");
  EXPECT_EQ(member_field(1, "erasure"), asked->id);
  EXPECT_EQ(member_field(1, "erase_fence"), std::to_string(to_number(leases[0].ref.fence)));
  expect_no_ended_job_of(1);
  for (const char* key : {"cf:{0}:m:M1", "cf:{0}:waits:M1", "cf:{0}:erasing", "cf:{0}:erase_at",
                          "cf:{0}:ready_erase", "cf:{0}:busy"}) {
    EXPECT_FALSE(exists(key)) << key;
  }
  EXPECT_FALSE(is_in("lastok", "M1"));
  EXPECT_TRUE(is_in("lastok", "M2"));
  EXPECT_EQ(audit_steps(), "asked key_destroyed sink_erased done ");
  EXPECT_EQ(run(queue_->stats())->members, 1U);
}

TEST_P(QueueErasure, TheTokensAreGoneBeforeAnySchedulerLooks) {
  add(1);
  leave(1);
  EXPECT_FALSE(exists("cf-tok:{0}:M1"));
  EXPECT_NE(member_field(1, "key_destroyed_at"), "");
  EXPECT_EQ(audit_steps(), "asked key_destroyed ");
  leave(1);
  steps();
  EXPECT_EQ(audit_steps(), "asked key_destroyed ") << "once";
}

TEST_P(QueueErasure, AnErasureOfManyDaysIsOverdue) {
  add(1);
  leave(1);
  EXPECT_EQ(run(queue_->stats())->erasures_overdue, 0U);
  const auto asked_at = std::stoll(member_field(1, "erasing_since"));
  constexpr std::int64_t day = 86'400'000;
  command({"ZADD", "cf:{0}:erasing", std::to_string(asked_at - 21 * day), "M1"});
  EXPECT_EQ(run(queue_->stats())->erasures_overdue, 1U);
  command({"ZADD", "cf:{0}:erasing", std::to_string(asked_at - 19 * day), "M1"});
  EXPECT_EQ(run(queue_->stats())->erasures_overdue, 0U);
}

TEST_P(QueueErasure, AskedForAgainItIsTheSameOne) {
  add(1);
  const auto first = ask(1);
  const auto again = ask(1);
  EXPECT_TRUE(first->is_new);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->id, first->id);
  steps();
  ASSERT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  steps();
  const auto after = ask(1);
  EXPECT_TRUE(after->is_done);
  EXPECT_EQ(after->id, first->id);
  EXPECT_EQ(state_of(1), "erased");
  EXPECT_EQ(ask(9).failure().code, "no_member");
}

TEST_P(QueueErasure, ARunningJobIsToldByItsNextCallWhicheverThatIs) {
  add(1);
  const Lease lease = claim(1)[0];
  ASSERT_TRUE(run(queue_->checkpoint(lease.ref, Cursor{})).ok());
  leave(1);
  EXPECT_EQ(run(queue_->checkpoint(lease.ref, Cursor{})).failure().kind, FailureKind::cancelled);
  EXPECT_EQ(run(queue_->heartbeat({lease.ref}, 30s))->cancel, std::vector<JobId>{lease.ref.job});
  EXPECT_EQ(steps(), 0U);
  EXPECT_TRUE(claim(10).empty());  // one at a time, the erasure too
  ASSERT_TRUE(settle(lease, Verdict::cancelled).ok());
  EXPECT_EQ(claim(10).size(), 1U);
}

TEST_P(QueueErasure, NeitherPausesNorQuietNorCapsNorAnUnknownPayerHoldItUp) {
  for (int number = 1; number <= 3; ++number) {
    add(number);
  }
  ASSERT_EQ(claim(1, 30s, 1).size(), 1U);  // its payer's cap is reached
  ASSERT_TRUE(block(aetna, 1h));
  command({"HSET", "cf:{0}:paused", "payer:aetna", "0", "lane:urgent", "0", "member:M2", "0",
           "member:M3", "0"});
  leave(2);
  steps();
  const auto leases = claim(10, 30s, 1);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].ref.member, member_named(2));
  leave(3);
  steps();
  EXPECT_EQ(claim_of_nobody(10).size(), 1U);
}

TEST_P(QueueErasure, APauseOfEverythingHoldsItToo) {
  add(1);
  command({"HSET", "cf:{0}:paused", "all", "0"});
  leave(1);
  steps();
  EXPECT_TRUE(claim(10).empty());
  EXPECT_FALSE(exists("cf-tok:{0}:M1"));
  command({"HDEL", "cf:{0}:paused", "all"});
  EXPECT_EQ(claim(10).size(), 1U);
}

TEST_P(QueueErasure, ALateRefreshBringsNoTokensBack) {
  add(1);
  const Lease lease = claim(1)[0];
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  leave(1);
  steps();
  EXPECT_FALSE(run(tokens_->store(lease.ref, 1, rotated())).ok());
  EXPECT_FALSE(run(tokens_->record_intent(lease.ref, 1, 0)).ok());
  ASSERT_TRUE(settle(lease, Verdict::cancelled).ok());
  EXPECT_FALSE(run(tokens_->store(lease.ref, 1, rotated())).ok());
  EXPECT_FALSE(exists("cf-tok:{0}:M1"));
}

TEST_P(QueueErasure, WhatALateWorkerSaysOfTheMemberCountsForNothing) {
  add(1);
  const Lease lease = claim(1)[0];
  leave(1);
  steps();
  ASSERT_TRUE(settle(lease, Verdict::reconsent).ok());
  EXPECT_EQ(state_of(1), "erasing");
  const auto erasures = claim(10);
  ASSERT_EQ(erasures.size(), 1U);
  ASSERT_TRUE(settle(erasures[0], Verdict::done).ok());
  steps();
  EXPECT_EQ(state_of(1), "erased");
  EXPECT_EQ(settle(lease, Verdict::done).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(
      run(queue_->enqueue(member_named(1), JobKind::sync, Window{}, Lane::routine)).failure().code,
      "not_active");
}

TEST_P(QueueErasure, WhileItLeavesAMemberCannotBeAddedAndThenItIsANewOne) {
  add(1);
  leave(1);
  EXPECT_EQ(run(queue_->add_member({member_named(1), aetna, "p", "r"})).failure().code,
            "not_active");
  steps();
  ASSERT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  steps();
  add(1);
  EXPECT_EQ(state_of(1), "active");
  ASSERT_EQ(claim(10).size(), 1U);
}

// There is nobody to erase, and a sign-in at the payer is under way.
TEST_P(QueueErasure, WhoLeftIsNotConnectedByWhatBeganBefore) {
  const auto connect = [this](Duration after_now) {
    const auto time = command({"TIME"});
    SealedMember member{member_named(1), aetna, "patient", "refresh"};
    member.begun_at =
        WallTime(std::chrono::seconds(std::stoll(*time.array()->front().text())) + after_now);
    return run(queue_->add_member(member));
  };
  EXPECT_EQ(ask(1).failure().code, "no_member");
  EXPECT_EQ(connect(-5min).failure().code, "not_active");
  EXPECT_FALSE(exists("cf:{0}:member:M1"));
  EXPECT_FALSE(exists("cf-tok:{0}:M1"));
  const auto kept_for = number({"PTTL", "cf:{0}:left:M1"});
  EXPECT_GT(kept_for, 12 * 60'000) << "an enrolment and its callback";
  EXPECT_LE(kept_for, 15 * 60'000);
  EXPECT_TRUE(connect(5s).ok()) << "this one began after it";
  erase_through(1);
  command({"HSET", "cf:{0}:member:M1", "erased_at", "5000"});
  command({"DEL", "cf:{0}:left:M1"});
  EXPECT_TRUE(ask(1)->is_done);
  EXPECT_EQ(connect(0s).failure().code, "not_active") << "also of one that was erased before";
}

TEST_P(QueueErasure, IsNeverADeadLetterHoweverOftenItsWorkersDie) {
  add(1);
  leave(1);
  steps();
  for (int round = 0; round < 8; ++round) {
    ASSERT_EQ(claim(1, 1ms).size(), 1U) << round;
    pass(5ms);
    EXPECT_EQ(run(queue_->reap(10, 1h))->dead, 0U);
    if (number({"ZCARD", "cf:{0}:delayed"}) == 1) {
      return;  // it comes back later
    }
  }
  ADD_FAILURE() << "it comes back at once, again and again";
}

TEST_P(QueueErasure, ALostJobIsFoundAgain) {
  damages_queue_ = true;
  add(1);
  leave(1);
  steps();
  const Lease lease = claim(1)[0];
  command({"DEL", "cf:{0}:job:" + lease.ref.job.str(), "cf:{0}:busy", "cf:{0}:running"});
  command({"ZADD", "cf:{0}:erase_at", "1", "M1"});
  steps();
  const auto again = claim(10);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].kind, JobKind::erase);
}

TEST_P(QueueErasure, AStrayEntryErasesNobody) {
  damages_queue_ = true;
  add(1);
  command({"ZADD", "cf:{0}:erase_at", "1", "M1"});
  EXPECT_EQ(steps(), 0U);
  EXPECT_EQ(state_of(1), "active");
  EXPECT_TRUE(exists("cf-tok:{0}:M1"));
  EXPECT_FALSE(exists("cf:{0}:erase_at"));
}

// By a hand, another release, or a Redis that lost its last second.
TEST_P(QueueErasure, FsckFindsAnErasureThatWasLostOnTheWayAndItGoesOn) {
  skip_where_unknown();
  damages_queue_ = true;
  const std::vector<redis::Command> damages = {
      {"ZREM", "cf:{0}:erasing", "M1"},
      {"ZREM", "cf:{0}:erase_at", "M1"},
      {"ZREM", "cf:{0}:ready_erase", "M1"},
      {"ZADD", "cf:{0}:ready_erase", "5", "M2"},
      {"ZADD", "cf:{0}:erase_at", "5", "M2"},
      {"ZADD", "cf:{0}:erasing", "5", "nobody"},
      {"HSET", "cf:{0}:member:M1", "state", "active"},
  };
  for (const redis::Command& damage : damages) {
    SCOPED_TRACE(testing::PrintToString(damage));
    command({"FLUSHALL"});
    queue_ = std::make_unique<RedisJobQueue>(*redis_, random_);
    add(1);
    add(2);
    leave(1);
    steps();
    EXPECT_TRUE(contract::check_queue(io_, *redis_).clean());
    command(damage);
    EXPECT_FALSE(contract::check_queue(io_, *redis_).clean());
    const auto mended = contract::check_queue(io_, *redis_, true);
    EXPECT_TRUE(mended.clean()) << contract::findings_of(mended);
    EXPECT_TRUE(contract::check_queue(io_, *redis_).clean());
    command({"ZADD", "cf:{0}:erase_at", "XX", "1", "M1"});
    steps();
    const auto leases = claim_of_nobody(10);
    ASSERT_EQ(leases.size(), 1U);
    ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
    EXPECT_EQ(steps(), 1U);
    EXPECT_EQ(state_of(1), "erased");
    EXPECT_EQ(state_of(2), "active");
  }
}

// limits: a step ends a few dozen jobs, and reads a few hundred of a history that many share.
TEST_P(QueueErasure, GoesThroughManyJobsAndALongHistoryStepByStep) {
  add(1);
  ASSERT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  for (int day = 1; day <= 28; ++day) {
    for (int month = 1; month <= 4; ++month) {
      const std::string date =
          "2023-0" + std::to_string(month) + (day < 10 ? "-0" : "-") + std::to_string(day);
      ASSERT_TRUE(run(queue_->enqueue(member_named(1), JobKind::backfill,
                                      *Window::parse(date + ".."), Lane::backfill))
                      .ok());
    }
  }
  add(2);
  for (int round = 0; round < 400; ++round) {
    ASSERT_TRUE(run(queue_->enqueue(member_named(2), JobKind::sync, Window{}, Lane::urgent)).ok());
    const auto leases = claim(1);
    ASSERT_EQ(leases.size(), 1U);
    ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
  }
  erase_through(1);
  EXPECT_EQ(state_of(1), "erased");
  EXPECT_GT(number({"ZCARD", "cf:{0}:done"}), 300);  // another's, more than one page
  expect_no_ended_job_of(1);
}

INSTANTIATE_TEST_SUITE_P(Servers, QueueErasure, testing::Values("redis", "memory"));

}  // namespace
}  // namespace claimferry::queue
