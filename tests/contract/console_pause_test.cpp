// Pauses, from the call to the claim that keeps them and the tidying that ends them; and the cancel
// of jobs and of a member's.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Pauses : public ConsoleContract {
 protected:
  bool in_line(int member, const std::string& lane = "urgent") {
    return !command({"ZSCORE", "cf:{0}:ready:aetna:" + lane, "M" + std::to_string(member)})
                .is_nil();
  }
  TidyReply tidy() { return *run(upkeep_->tidy(term(), 100)); }
};

TEST_P(Pauses, EachScopeHoldsItsOwnBackAndNoOther) {
  add(1);
  add(2, other);
  const struct {
    std::string scope;
    std::size_t still_claimed;
  } cases[] = {
      {"all", 0}, {"lane:urgent", 0}, {"lane:backfill", 2}, {"payer:aetna", 1}, {"member:M1", 1}};
  for (const auto& one : cases) {
    ASSERT_THAT(said({"pause", one.scope}),
                MatchesRegex("OK " + one.scope + " paused until cf_resume"));
    auto leases = claim(10);
    EXPECT_THAT(leases, SizeIs(one.still_claimed)) << one.scope;
    for (const Lease& lease : leases) {
      ASSERT_TRUE(settle(lease, Verdict::requeue));
    }
    ASSERT_THAT(said({"resume", one.scope}), StartsWith("OK " + one.scope + " resumed"));
    leases = claim(10);
    EXPECT_THAT(leases, SizeIs(2)) << one.scope;
    for (const Lease& lease : leases) {
      ASSERT_TRUE(settle(lease, Verdict::requeue));
    }
  }
}

TEST_P(Pauses, AStopOfRefreshingIsShownAndEndedByAnOperator) {
  add(1);
  ASSERT_THAT(said({"resume", "grants:aetna"}), StartsWith("NOT_STOPPED"));
  ASSERT_THAT(said({"resume", "grants:nobody"}), StartsWith("NO_PAYER"));
  ASSERT_THAT(said({"pause", "grants:aetna"}), StartsWith("BAD_VALUE"));
  command({"HSET", "cf:{0}:grants:aetna", "stopped_at", "1000", "asks_at", "1000"});
  EXPECT_THAT(said({"status"}), AllOf(HasSubstr("refreshing"), HasSubstr("grants:aetna")));
  const Lease lease = claim(1).front();
  Settlement held;
  held.verdict = Verdict::snooze;
  held.delay = 1h;
  held.code = "invalid_grant_surge";
  ASSERT_TRUE(run(queue_->settle(lease.ref, held, {1h, false})));
  EXPECT_THAT(said({"why", "M1"}), AllOf(HasSubstr("refuses the refresh tokens of many"),
                                         HasSubstr("cf_resume 1 'cf:{0}' grants:aetna")));
  ASSERT_THAT(said({"resume", "grants:aetna", "dry=1"}), HasSubstr("would be"));
  ASSERT_THAT(said({"resume", "grants:aetna", "by=ada"}), StartsWith("OK grants:aetna resumed"));
  EXPECT_FALSE(run(queue_->stats())->grants_stopped.at("aetna"));
}

TEST_P(Pauses, WhatRunsGoesOn) {
  add(1);
  const auto lease = claim(1).front();
  ASSERT_THAT(said({"pause", "all"}), StartsWith("OK"));
  EXPECT_THAT(run(queue_->heartbeat({lease.ref}, 30s))->cancel, IsEmpty());
  EXPECT_TRUE(settle(lease, Verdict::done));
}

TEST_P(Pauses, APauseWithATimeEndsByItself) {
  add(1);
  ASSERT_THAT(said({"pause", "payer:aetna", "for=1s"}),
              MatchesRegex("OK payer:aetna paused until 20.*Z"));
  EXPECT_THAT(said({"status"}), HasSubstr("paused payer:aetna"));
  EXPECT_THAT(claim(1), IsEmpty());
  command({"HSET", "cf:{0}:paused", "payer:aetna", "2000"});  // as if the second had passed
  command({"ZADD", "cf:{0}:resumes", "2000", "payer:aetna"});
  EXPECT_THAT(claim(1), SizeIs(1)) << "also before anybody tidies";
  EXPECT_EQ(tidy().resumed, 1U);
  EXPECT_EQ(number({"EXISTS", "cf:{0}:paused", "cf:{0}:resumes"}), 0);
}

TEST_P(Pauses, ALaterPauseReplacesTheEarlierOne) {
  ASSERT_THAT(said({"pause", "all", "for=1h"}), StartsWith("OK"));
  ASSERT_THAT(said({"pause", "all"}), StartsWith("OK"));
  command({"ZADD", "cf:{0}:resumes", "1000", "all"});
  EXPECT_EQ(tidy().resumed, 0U);
  EXPECT_EQ(text({"HGET", "cf:{0}:paused", "all"}), "0");
}

TEST_P(Pauses, APausedMemberLeavesTheLineAndComesBackToIt) {
  add(1);
  ASSERT_TRUE(in_line(1));
  ASSERT_THAT(said({"pause", "member:M1", "for=1h"}), StartsWith("OK"));
  carry_out();
  EXPECT_FALSE(in_line(1));
  EXPECT_THAT(said({"member", "M1"}), HasSubstr("paused"));
  ASSERT_THAT(said({"resume", "member:M1"}), StartsWith("OK"));
  EXPECT_TRUE(in_line(1));
  EXPECT_EQ(tidy().resumed, 1U);
  EXPECT_TRUE(in_line(1));
  EXPECT_THAT(claim(1), SizeIs(1));
}

TEST_P(Pauses, AMemberWhosePauseRanOutComesBackByTheScheduler) {
  add(1);
  ASSERT_THAT(said({"pause", "member:M1", "for=1h"}), StartsWith("OK"));
  carry_out();
  command({"HSET", "cf:{0}:paused", "member:M1", "2000"});
  command({"ZADD", "cf:{0}:resumes", "2000", "member:M1"});
  EXPECT_EQ(tidy().resumed, 1U);
  EXPECT_TRUE(in_line(1));
}

TEST_P(Pauses, WorkThatIsQueuedForAPausedMemberWaits) {
  ASSERT_TRUE(settle((add(1), claim(1).front()), Verdict::done));
  ASSERT_THAT(said({"pause", "member:M1"}), StartsWith("OK"));
  ASSERT_THAT(said({"backfill", "M1"}), StartsWith("OK"));
  EXPECT_FALSE(in_line(1, "backfill"));
  EXPECT_THAT(claim(1), IsEmpty());
}

TEST_P(Pauses, StatusNamesThePausesThatHold) {
  ASSERT_THAT(said({"pause", "all", "for=1h"}), StartsWith("OK"));
  ASSERT_THAT(said({"pause", "lane:backfill"}), StartsWith("OK"));
  ASSERT_THAT(said({"resume", "all"}), StartsWith("OK"));
  EXPECT_THAT(said({"status"}),
              AllOf(HasSubstr("paused lane:backfill"), Not(HasSubstr("paused all"))));
  EXPECT_THAT(said({"status"}), HasSubstr("until cf_resume"));
}

class Cancels : public ConsoleContract {
 protected:
  std::string outcome(const std::string& job) {
    return text({"HGET", "cf:{0}:job:" + job, "outcome"});
  }
};

TEST_P(Cancels, AJobInLineIsTakenOutByTheScheduler) {
  const std::string job = add(1).str();
  EXPECT_THAT(said({"cancel", job}),
              MatchesRegex("ACCEPTED [0-9]+-[0-9]+ the scheduler takes it out of the queue"));
  carry_out();
  EXPECT_EQ(outcome(job), "cancelled");
  EXPECT_EQ(number({"EXISTS", "cf:{0}:m:M1", "cf:{0}:ready:aetna:urgent", "cf:{0}:commands"}), 1);
  EXPECT_EQ(number({"XLEN", "cf:{0}:commands"}), 0);
  EXPECT_EQ(last_of("audit").at("done"), "1");
  EXPECT_NE(member_field(1, "next_due"), "") << "it stays planned";
}

TEST_P(Cancels, AJobThatIsClaimedBeforeTheSchedulerComesEndsAllTheSame) {
  const std::string job = add(1).str();
  ASSERT_THAT(said({"cancel", "job=" + job}), StartsWith("ACCEPTED"));
  EXPECT_THAT(claim(1), IsEmpty());
  EXPECT_EQ(outcome(job), "cancelled");
  carry_out();
  EXPECT_EQ(last_of("audit").at("refused"), "1");
}

TEST_P(Cancels, AJobThatWaitsForItsTimeIsTakenOut) {
  const std::string job = add(1).str();
  ASSERT_TRUE(settle(claim(1).front(), Verdict::retry, 1h));
  ASSERT_THAT(said({"cancel", job}), StartsWith("ACCEPTED"));
  carry_out();
  EXPECT_EQ(outcome(job), "cancelled");
  EXPECT_EQ(number({"EXISTS", "cf:{0}:delayed", "cf:{0}:waits:M1"}), 0);
}

TEST_P(Cancels, AJobThatRunsIsToldAtItsHeartbeat) {
  const std::string job = add(1).str();
  const auto lease = claim(1).front();
  EXPECT_THAT(said({"cancel", job}), HasSubstr("its worker stops within seconds"));
  EXPECT_THAT(run(queue_->heartbeat({lease.ref}, 30s))->cancel, SizeIs(1));
  carry_out();
  ASSERT_TRUE(settle(lease, Verdict::retry, 1h));
  EXPECT_EQ(outcome(job), "cancelled") << "and does not come back";
}

TEST_P(Cancels, AMembersJobsEndTogether) {
  add(1);
  const auto lease = claim(1).front();
  ASSERT_THAT(said({"backfill", "M1"}), StartsWith("OK"));
  ASSERT_THAT(said({"backfill", "M1", "since=2023-01-01"}), StartsWith("OK"));
  EXPECT_THAT(said({"cancel", "M1", "dry=1"}), StartsWith("OK 3 jobs would be cancelled"));
  EXPECT_THAT(said({"cancel", "M1"}), MatchesRegex("ACCEPTED [0-9-]+ 3 jobs"));
  carry_out();
  EXPECT_EQ(number({"EXISTS", "cf:{0}:m:M1"}), 0);
  EXPECT_EQ(last_of("audit").at("done"), "3");
  EXPECT_THAT(run(queue_->heartbeat({lease.ref}, 30s))->cancel, SizeIs(1));
}

TEST_P(Cancels, JobsThatWereLostWithTheirHashDoNotStay) {
  add(1);
  for (int at = 0; at < 120; ++at) {
    command({"ZADD", "cf:{0}:m:M1", std::to_string(at), "ghost" + std::to_string(at)});
  }
  for (int at = 0; at < 20; ++at) {
    command({"ZADD", "cf:{0}:waits:M1", std::to_string(at), "late" + std::to_string(at)});
  }
  EXPECT_THAT(refused({"cancel", "job=ghost1"}), StartsWith("NO_JOB"));
  command({"XADD", "cf:{0}:commands", "*", "cmd", "cancel", "member", "M1"});
  carry_out();
  EXPECT_EQ(number({"EXISTS", "cf:{0}:m:M1", "cf:{0}:waits:M1"}), 0);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:ready:aetna:urgent"}), 0);
}

TEST_P(Cancels, AWordThatNamesTwoThingsIsAskedAbout) {
  const std::string job = add(1).str();
  command({"HSET", "cf:{0}:member:" + job, "payer", "aetna", "state", "active"});
  EXPECT_THAT(refused({"cancel", job}),
              AllOf(StartsWith("AMBIGUOUS"), HasSubstr("job=" + job + " or member=" + job)));
  EXPECT_THAT(said({"cancel", "job=" + job}), StartsWith("ACCEPTED"));
}

TEST_P(Cancels, NothingIsMarkedWhileTooManyCommandsWait) {
  const std::string job = add(1).str();
  static constexpr auto lua =
      "for at = 1, 10000 do redis.call('XADD', 'cf:{0}:commands', '*', 'cmd', 'stand', 'member', "
      "'M1') end return 1";
  command({"EVAL", lua, "0"});
  for (const std::string& target : {job, std::string("M1")}) {
    EXPECT_THAT(refused({"cancel", target}),
                StartsWith("TOO_MANY 10000 commands wait for the scheduler"));
  }
}

INSTANTIATE_TEST_SUITE_P(Queue, Pauses, testing::Values("redis"));
INSTANTIATE_TEST_SUITE_P(Queue, Cancels, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
