// The scheduler's port: who leads, whose due members are planned, what time alone makes true, and
// members whom nobody has in mind.
#include <gmock/gmock.h>

#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

class QueueUpkeepContract : public QueueContract {
 protected:
  LeadReply lead(const std::string& holder, Duration lease = 12s) {
    return *run(upkeep_->lead(holder, lease, 24h));
  }
  void make_due(int member, const PayerName& payer = aetna) {
    command({"ZADD", "cf:{0}:due:" + payer.str(), "1", "M" + std::to_string(member)});
  }
  // Members whose first sync is over.
  void add_synced(int from, int to, const PayerName& payer = aetna) {
    for (int number = from; number <= to; ++number) {
      add(number, payer);
    }
    for (int left = to - from + 1; left > 0;) {
      const auto leases = claim(50);
      ASSERT_FALSE(leases.empty());
      for (const Lease& lease : leases) {
        ASSERT_TRUE(settle(lease, Verdict::done).ok());
        --left;
      }
    }
  }
};

TEST_P(QueueUpkeepContract, OneLeadsUntilItsLeaseEnds) {
  const auto first = lead("s1", 300ms);
  EXPECT_NE(first.term, "");
  EXPECT_EQ(lead("s2", 300ms).term, "");
  EXPECT_EQ(lead("s1", 300ms).term, first.term);  // kept
  pass(350ms);
  const auto second = lead("s2", 300ms);
  EXPECT_NE(second.term, "");
  EXPECT_NE(second.term, first.term);
  EXPECT_EQ(lead("s1").term, "");
}

TEST_P(QueueUpkeepContract, AStaleLeaderChangesNothing) {
  add_synced(1, 1);
  make_due(1);
  const Term stale{"s1", lead("s1", 100ms).term};
  pass(150ms);
  EXPECT_NE(lead("s2").term, "");
  const auto refused = run(upkeep_->plan(stale, {100, 100, 720h, "2024-01-01", 1h}));
  EXPECT_EQ(refused.failure().code, "not_leader");
  EXPECT_EQ(refused.failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(run(upkeep_->promote(stale, 10)).failure().code, "not_leader");
  EXPECT_EQ(run(upkeep_->tidy(stale, 10)).failure().code, "not_leader");
  damages_queue_ = true;  // words and a batch that are none: an empty place is not asked about
  command({"XADD", "cf:{0}:inbox", "*", "cmd", "none"});
  command({"XADD", "cf:{0}:commands", "*", "cmd", "none"});
  command({"ZADD", "cf:{0}:open_batches", "1", "b"});
  EXPECT_EQ(run(upkeep_->take_inbox(stale)).failure().code, "not_leader");
  EXPECT_EQ(run(upkeep_->carry_out(stale)).failure().code, "not_leader");
  EXPECT_EQ(run(upkeep_->expand(stale, 10)).failure().code, "not_leader");
  EXPECT_EQ(run(upkeep_->reconcile(stale, {member_named(1)}, 1min)).failure().code, "not_leader");
  EXPECT_TRUE(claim(5).empty());
}

TEST_P(QueueUpkeepContract, AResignedLeadIsFreeAtOnce) {
  EXPECT_NE(lead("s1", 60s).term, "");
  EXPECT_EQ(lead("s2").term, "");
  EXPECT_TRUE(run(upkeep_->resign("s2")).ok());  // not its own to give
  EXPECT_EQ(lead("s2").term, "");
  EXPECT_TRUE(run(upkeep_->resign("s1")).ok());
  EXPECT_NE(lead("s2").term, "");
}

TEST_P(QueueUpkeepContract, ALeadThatAClockSetBackLeftFarAheadIsTaken) {
  EXPECT_NE(lead("s1").term, "");
  command({"HSET", "cf:{0}:leader", "until", "99999999999999"});
  EXPECT_NE(lead("s2").term, "");
}

TEST_P(QueueUpkeepContract, OnePayersFullLaneKeepsNobodyElseFromBeingPlanned) {
  add_synced(1, 30);
  add_synced(31, 33, other);
  for (int number = 1; number <= 30; ++number) {
    make_due(number);
  }
  for (int number = 31; number <= 33; ++number) {
    make_due(number, other);
  }
  unsigned planned = 0;
  for (int round = 0; round < 5; ++round) {
    planned += plan(10).planned;
  }
  EXPECT_EQ(planned, 13U);
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna routine"}), "10");
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "other routine"}), "3");
  EXPECT_TRUE(plan(10).queue_full);
}

TEST_P(QueueUpkeepContract, DelayedJobsCountAsAhead) {
  add_synced(1, 4);
  for (int number = 1; number <= 4; ++number) {
    make_due(number);
  }
  EXPECT_EQ(plan(2).planned, 2U);
  for (const Lease& lease : claim(10)) {
    EXPECT_TRUE(settle(lease, Verdict::snooze, 1h).ok());
  }
  EXPECT_EQ(plan(2).planned, 0U);  // an outage fills `delayed` no further than the lane
}

TEST_P(QueueUpkeepContract, FindsMembersWhomNobodyHasInMind) {
  damages_queue_ = true;
  add_synced(1, 3);
  command({"ZREM", "cf:{0}:due:aetna", "M1", "M3"});
  command({"HSET", "cf:{0}:member:M3", "state", "reconsent"});
  const std::vector<MemberId> members{member_named(1), member_named(2), member_named(3),
                                      member_named(99)};
  EXPECT_EQ(*run(upkeep_->reconcile(term(), members, 1min)), 1U);
  EXPECT_FALSE(command({"ZSCORE", "cf:{0}:due:aetna", "M1"}).is_nil());
  EXPECT_TRUE(command({"ZSCORE", "cf:{0}:due:aetna", "M3"}).is_nil());
  EXPECT_EQ(text({"HGET", "cf:{0}:counters", "replanned"}), "1");
  EXPECT_EQ(*run(upkeep_->reconcile(term(), members, 1min)), 0U);
}

TEST_P(QueueUpkeepContract, AnEndedPauseLetsItsMemberStandAgain) {
  add(1);
  command({"HSET", "cf:{0}:paused", "member:M1", "0"});
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(number({"ZCARD", "cf:{0}:ready:aetna:urgent"}), 0);  // it holds up no other
  command({"HSET", "cf:{0}:paused", "member:M1", "1"});
  command({"ZADD", "cf:{0}:resumes", "1", "member:M1"});
  const auto tidied = run(upkeep_->tidy(term(), 100));
  ASSERT_TRUE(tidied.ok()) << tidied.failure().detail;
  EXPECT_EQ(tidied->resumed, 1U);
  EXPECT_EQ(number({"HLEN", "cf:{0}:paused"}), 0);
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(QueueUpkeepContract, EndedJobsThatGrewTooOldAreDroppedAndCounted) {
  const JobId job = add(1);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::dead).ok());
  EXPECT_EQ(run(upkeep_->tidy(term(), 100))->dropped, 0U);
  command({"ZADD", "cf:{0}:dead", "1", job.str()});
  EXPECT_EQ(run(upkeep_->tidy(term(), 100))->dropped, 1U);
  EXPECT_EQ(number({"EXISTS", "cf:{0}:job:" + job.str()}), 0);
  EXPECT_EQ(text({"HGET", "cf:{0}:counters", "dead_dropped"}), "1");
}

TEST_P(QueueUpkeepContract, WorkAskedForWhileItRunsIsRunOnceMore) {
  add_synced(1, 1);
  const auto ask = [&] {
    return *run(queue_->enqueue(member_named(1), JobKind::backfill, Window{}, Lane::backfill));
  };
  const auto first = ask();
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(ask().runs_again);  // it waits: once is enough
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(ask().runs_again);
  const auto third = ask();
  EXPECT_FALSE(third.is_new || third.runs_again);  // at most one is queued behind it
  EXPECT_TRUE(settle(lease, Verdict::done).ok());
  const auto again = claim(5);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_NE(again[0].ref.job, lease.ref.job);
  EXPECT_EQ(again[0].window, lease.window);
  EXPECT_TRUE(settle(again[0], Verdict::done).ok());
  EXPECT_TRUE(claim(5).empty());
  EXPECT_EQ(number({"ZCARD", "cf:{0}:reruns"}), 0);
}

TEST_P(QueueUpkeepContract, ARunThatAnotherReleaseForgotIsMadeUpFor) {
  add_synced(1, 1);
  const auto ask = [&] {
    return *run(queue_->enqueue(member_named(1), JobKind::backfill, Window{}, Lane::backfill));
  };
  ask();
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(ask().runs_again);
  // As one that knows no `rerun` ends it: the flag stays, and so does the entry.
  command({"HDEL", "cf:{0}:job:" + lease.ref.job.str(), "rerun"});
  EXPECT_TRUE(settle(lease, Verdict::done).ok());
  command({"HSET", "cf:{0}:job:" + lease.ref.job.str(), "rerun", "backfill"});
  EXPECT_EQ(run(upkeep_->tidy(term(), 100))->runs, 1U);
  EXPECT_EQ(claim(5).size(), 1U);
}

TEST_P(QueueUpkeepContract, LanesGoInOrderAndNoneStarves) {
  add_synced(1, 60);
  for (int number = 1; number <= 30; ++number) {
    EXPECT_TRUE(
        run(queue_->enqueue(member_named(number), JobKind::backfill, Window{}, Lane::backfill))
            .ok());
  }
  for (int number = 31; number <= 60; ++number) {
    EXPECT_TRUE(
        run(queue_->enqueue(member_named(number), JobKind::sync, Window{}, Lane::routine)).ok());
  }
  for (int number = 61; number <= 90; ++number) {
    add(number);
  }
  std::map<Lane, unsigned> taken;
  for (int round = 0; round < 30; ++round) {
    const auto leases = claim(1);
    ASSERT_EQ(leases.size(), 1U);
    ++taken[leases[0].lane];
    EXPECT_TRUE(settle(leases[0], Verdict::done).ok());
  }
  EXPECT_GE(taken[Lane::urgent], 20U);   // the new members first
  EXPECT_GE(taken[Lane::routine], 5U);   // one in five, more or less
  EXPECT_GE(taken[Lane::backfill], 2U);  // one in ten
  EXPECT_LE(taken[Lane::backfill], 4U);
}

TEST_P(QueueUpkeepContract, AClaimOfManyKeepsTheSameShares) {
  add_synced(1, 60);
  for (int number = 1; number <= 30; ++number) {
    EXPECT_TRUE(
        run(queue_->enqueue(member_named(number), JobKind::backfill, Window{}, Lane::backfill))
            .ok());
  }
  for (int number = 31; number <= 60; ++number) {
    EXPECT_TRUE(
        run(queue_->enqueue(member_named(number), JobKind::sync, Window{}, Lane::routine)).ok());
  }
  std::map<Lane, unsigned> taken;
  for (const Lease& lease : claim(30)) {
    ++taken[lease.lane];
  }
  EXPECT_EQ(taken[Lane::routine] + taken[Lane::backfill], 30U);
  EXPECT_EQ(taken[Lane::backfill], 3U);
}

TEST_P(QueueUpkeepContract, ALaneAloneTakesEverything) {
  add_synced(1, 40);
  for (int number = 1; number <= 40; ++number) {
    EXPECT_TRUE(
        run(queue_->enqueue(member_named(number), JobKind::backfill, Window{}, Lane::backfill))
            .ok());
  }
  EXPECT_EQ(claim(40).size(), 40U);
}

TEST_P(QueueUpkeepContract, ACancelledJobEndsWhereverItStands) {
  add_synced(1, 3);
  const auto backfill = [&](int number) {
    return run(queue_->enqueue(member_named(number), JobKind::backfill, Window{}, Lane::backfill))
        ->job;
  };
  const auto mark = [&](const JobId& job) {
    command({"HSET", "cf:{0}:job:" + job.str(), "cancel", "1"});
  };
  const JobId queued = backfill(1);
  mark(queued);
  EXPECT_TRUE(claim(1).empty());  // ended instead
  EXPECT_EQ(job_field(queued, "outcome"), "cancelled");

  const JobId running = backfill(2);
  const auto lease = claim(1).at(0);
  mark(running);
  const auto beat = run(queue_->heartbeat({lease.ref}, 30s));
  EXPECT_EQ(beat->cancel, std::vector<JobId>{running});
  EXPECT_TRUE(settle(lease, Verdict::retry, 1h).ok());  // its worker had not heard of it
  EXPECT_EQ(job_field(running, "outcome"), "cancelled");

  const JobId handed_back = backfill(3);
  const auto other_lease = claim(1).at(0);
  mark(handed_back);
  EXPECT_TRUE(settle(other_lease, Verdict::requeue).ok());
  EXPECT_EQ(job_field(handed_back, "outcome"), "cancelled");
  EXPECT_TRUE(claim(5).empty());
}

TEST_P(QueueUpkeepContract, WhatIsAskedForAfterACancelRunsOnceTheJobHasEnded) {
  add_synced(1, 1);
  const auto ask = [&] {
    return *run(queue_->enqueue(member_named(1), JobKind::backfill, Window{}, Lane::backfill));
  };
  const JobId first = ask().job;
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(ask().runs_again);  // before the cancel: it ends with it
  pass(2ms);
  command({"HSET", "cf:{0}:job:" + first.str(), "cancel",
           std::to_string(std::stoll(text({"ZSCORE", "cf:{0}:reruns", first.str()})) + 1)});
  EXPECT_TRUE(settle(lease, Verdict::done).ok());
  EXPECT_TRUE(claim(5).empty());

  const JobId second = ask().job;
  command({"HSET", "cf:{0}:job:" + second.str(), "cancel", "1"});  // marked while it waits
  EXPECT_TRUE(ask().runs_again);
  const auto leases = claim(5);  // the marked one ends, and what was asked for runs
  EXPECT_EQ(job_field(second, "outcome"), "cancelled");
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_NE(leases[0].ref.job, second);
}

TEST_P(QueueUpkeepContract, OtherJobsOfAMemberThatMustConsentAgainEndWithItsConsent) {
  add_synced(1, 1);
  for (const char* window : {"2023-01-01..", "2024-01-01.."}) {
    EXPECT_TRUE(run(queue_->enqueue(member_named(1), JobKind::backfill, *Window::parse(window),
                                    Lane::backfill))
                    .ok());
  }
  const auto waiting = claim(1).at(0);
  EXPECT_TRUE(settle(waiting, Verdict::snooze, 1h).ok());
  EXPECT_TRUE(run(queue_->enqueue(member_named(1), JobKind::sync, Window{}, Lane::routine)).ok());
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(settle(lease, Verdict::reconsent).ok());
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna backfill"}), "0");
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna routine"}), "0");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:delayed"}), 0);
  EXPECT_EQ(number({"HLEN", "cf:{0}:uniq"}), 0);
}

TEST_P(QueueUpkeepContract, AJobThatIsTakenBackKeepsItsPlaceInTheLane) {
  for (int number = 1; number <= 3; ++number) {
    add(number);
    pass(2ms);
  }
  const auto lost = claim(1, 1ms).at(0);
  pass(5ms);
  EXPECT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
  const auto again = claim(1).at(0);
  EXPECT_EQ(again.ref.member, lost.ref.member);
  EXPECT_TRUE(settle(again, Verdict::requeue).ok());
  EXPECT_EQ(claim(1).at(0).ref.member, lost.ref.member);
}

TEST_P(QueueUpkeepContract, WhoComesAPageFurtherIsForgivenItsStalls) {
  const JobId job = add(1);
  for (int time = 0; time < 2; ++time) {
    ASSERT_EQ(claim(1, 1ms).size(), 1U);
    pass(5ms);
    EXPECT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
  }
  EXPECT_EQ(job_field(job, "stalls"), "2");
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(run(queue_->checkpoint(lease.ref, Cursor{})).ok());
  EXPECT_EQ(job_field(job, "stalls"), "0");
}

TEST_P(QueueUpkeepContract, ALeaseThatAClockSetBackLeftFarAheadIsTakenBack) {
  const JobId job = add(1);
  ASSERT_EQ(claim(1).size(), 1U);
  command({"ZADD", "cf:{0}:running", "99999999999999", job.str()});
  EXPECT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
}

TEST_P(QueueUpkeepContract, APausedMemberIsNotPlannedAndIsDueWhenThePauseEnds) {
  add_synced(1, 1);
  make_due(1);
  command({"HSET", "cf:{0}:paused", "member:M1", "0"});
  EXPECT_EQ(plan().planned, 0U);
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna routine"}), "");
  command({"HSET", "cf:{0}:paused", "member:M1", "1"});
  command({"ZADD", "cf:{0}:resumes", "1", "member:M1"});
  EXPECT_EQ(run(upkeep_->tidy(term(), 100))->resumed, 1U);
  pass(2ms);
  EXPECT_EQ(plan().planned, 1U);
}

TEST_P(QueueUpkeepContract, AWordWrittenOverACountStopsNobody) {
  damages_queue_ = true;
  add(1);
  command({"HSET", "cf:{0}:load", "aetna", "many"});
  command({"HSET", "cf:{0}:live", "aetna urgent", "few"});
  command({"HSET", "cf:{0}:states", "active", "all"});
  command({"HSET", "cf:{0}:passed", "routine", "x", "backfill", "y"});
  command({"HSET", "cf:{0}:quota:aetna", "blocked_until", "soon"});
  command({"HSET", "cf:{0}:paused", "all", "perhaps"});
  const auto leases = claim(1);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_TRUE(settle(leases[0], Verdict::done).ok());
  add(2);
  EXPECT_EQ(claim(1).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(On, QueueUpkeepContract, testing::Values("memory", "redis"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
