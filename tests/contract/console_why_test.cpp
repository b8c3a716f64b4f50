// cf_why answers for every state that a member can be in, with its evidence and what to type next.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Why : public ConsoleContract {
 protected:
  std::string why(int member = 1) { return said({"why", "M" + std::to_string(member)}); }
  void resign() { ASSERT_TRUE(run(upkeep_->resign("s1"))); }
  void synced(int member = 1) {
    add(member);
    ASSERT_TRUE(settle(claim(1).front(), Verdict::done));
  }
  // M1's one job waits for a time that has come long ago.
  void overdue() {
    const JobId job = add(1);
    ASSERT_TRUE(settle(claim(1).front(), Verdict::retry, 1h));
    command({"ZADD", "cf:{0}:waits:M1", "1000", job.str()});
    command({"ZADD", "cf:{0}:delayed", "1000", job.str()});
  }
  void due_long_since() {
    synced();
    command({"ZADD", "cf:{0}:due:aetna", "1000", "M1"});
  }
};

TEST_P(Why, OneThatNobodyKnowsIsNoMember) {
  EXPECT_THAT(why(), StartsWith("NO_MEMBER no member \"M1\""));
}

TEST_P(Why, OneThatWasSyncedIsFreshUntilItIsDue) {
  synced();
  EXPECT_THAT(why(), AllOf(StartsWith("M1 is fresh (synced 0 s ago): it is due in "),
                           HasSubstr("next: FCALL cf_backfill 1 'cf:{0}' M1")));
  EXPECT_TRUE(json({"why", "M1"}).at("fresh").as_bool());
}

TEST_P(Why, OneThatRunsSaysWhereAndSinceWhen) {
  const JobId job = add(1);
  const auto lease = claim(1).front();
  EXPECT_THAT(why(),
              AllOf(StartsWith("M1 is not fresh (synced never): its sync is running"),
                    HasSubstr("job " + job.str() + " on w1, claimed 0 s ago, no page stored yet")));
  ASSERT_TRUE(run(queue_->checkpoint(lease.ref, Cursor{})));
  EXPECT_THAT(why(), HasSubstr("pages stored"));
}

TEST_P(Why, OneWhoseWorkerFellSilentIsTakenBack) {
  add(1);
  ASSERT_EQ(claim(1, 1ms).size(), 1U);
  pass(5ms);
  EXPECT_THAT(why(), AllOf(HasSubstr("its worker fell silent; the job is taken back"),
                           HasSubstr("lease over for"), HasSubstr("next: FCALL cf_member")));
  resign();
  EXPECT_THAT(why(), HasSubstr("next: start claimferry-scheduler"));
}

TEST_P(Why, OneWhoseRunningJobWasLostSaysSo) {
  const JobId job = add(1);
  ASSERT_EQ(claim(1).size(), 1U);
  command({"ZREM", "cf:{0}:running", job.str()});
  EXPECT_THAT(why(), AllOf(HasSubstr("its job was lost from Redis (busy with " + job.str()),
                           HasSubstr("next: claimferry fsck --repair")));
  command({"DEL", "cf:{0}:job:" + job.str()});
  EXPECT_THAT(why(), HasSubstr("of which nothing is known"));
}

TEST_P(Why, OneThatIsBeingCancelledSaysSo) {
  add(1);
  ASSERT_EQ(claim(1).size(), 1U);
  ASSERT_THAT(said({"cancel", "M1"}), StartsWith("ACCEPTED"));
  EXPECT_THAT(why(), HasSubstr("its job is being cancelled"));
}

TEST_P(Why, OneInLineKnowsItsPlace) {
  add(1);
  pass(2ms);
  add(2);
  EXPECT_THAT(
      why(2),
      AllOf(HasSubstr("it waits for a worker (place 2 of 2 in lane urgent, since 0 s, 0 jobs run)"),
            HasSubstr("next: FCALL cf_status 1 'cf:{0}'")));
}

TEST_P(Why, OneThatIsPausedSaysByWhichPauseAndHowToEndIt) {
  add(1);
  for (const std::string scope : {"member:M1", "lane:urgent", "payer:aetna", "all"}) {
    ASSERT_THAT(said({"pause", scope, "for=2h"}), StartsWith("OK"));
    EXPECT_THAT(why(), AllOf(HasSubstr(scope + " is paused for "),
                             HasSubstr("next: FCALL cf_resume 1 'cf:{0}' " + scope)));
    ASSERT_THAT(said({"pause", scope}), StartsWith("OK"));
    EXPECT_THAT(why(), HasSubstr(scope + " is paused until it is resumed"));
  }
}

TEST_P(Why, OneWhosePayerAskedForQuietSaysForHowLong) {
  add(1);
  ASSERT_TRUE(run(quota_->refused({aetna, 0, 10min, 0})));
  EXPECT_THAT(why(), HasSubstr("the payer aetna asked for quiet (for "));
}

TEST_P(Why, OneThatStandsInNoLineAsksForRepair) {
  add(1);
  command({"ZREM", "cf:{0}:ready:aetna:urgent", "M1"});
  EXPECT_THAT(why(), AllOf(HasSubstr("it has work and stands in no line"),
                           HasSubstr("next: claimferry fsck --repair")));
}

TEST_P(Why, OneThatComesBackLaterSaysWhenAndAfterWhat) {
  const JobId job = add(1);
  ASSERT_TRUE(settle(claim(1).front(), Verdict::retry, 10min));
  EXPECT_THAT(why(),
              AllOf(HasSubstr("its job comes back in "), HasSubstr("job " + job.str() + " at "),
                    HasSubstr("attempts 1, snoozes 0")));
  ASSERT_THAT(said({"pause", "payer:aetna"}), StartsWith("OK"));
  EXPECT_THAT(why(), HasSubstr("payer:aetna is paused"));
}

TEST_P(Why, OneThatShouldHaveComeBackNamesTheMissingScheduler) {
  overdue();
  EXPECT_THAT(why(), HasSubstr("its job comes back any moment after code"));
  resign();
  EXPECT_THAT(why(),
              AllOf(HasSubstr("its job should have come back"), HasSubstr("and no scheduler leads"),
                    HasSubstr("next: start claimferry-scheduler")));
}

TEST_P(Why, OneWhoseLastJobDiedNamesTheDeadLetter) {
  add(1);
  const auto job = dead_letter(1, "page_rejected").str();
  EXPECT_THAT(why(), AllOf(HasSubstr("its last job is a dead letter: page_rejected"),
                           HasSubstr("next: FCALL cf_dead_replay 1 'cf:{0}' job=" + job)));
  EXPECT_THAT(said({"member", "M1"}), HasSubstr("dead letter"));
  ASSERT_THAT(said({"dead_replay", job}), StartsWith("ACCEPTED"));
  carry_out();
  EXPECT_THAT(why(), HasSubstr("it waits for a worker"));
}

TEST_P(Why, OneWhoseRefreshTokenWasLostIsToConsentAgain) {
  add(1);
  dead_letter(1, "refresh_lost");
  EXPECT_THAT(why(), AllOf(HasSubstr("its refresh token was lost"),
                           HasSubstr("next: claimferry member add M1")));
}

TEST_P(Why, OneThatIsDueSaysWhatHoldsItUp) {
  due_long_since();
  EXPECT_THAT(why(), HasSubstr("it is due and others are before it"));
  ASSERT_THAT(said({"pause", "lane:routine"}), StartsWith("OK"));
  EXPECT_THAT(why(), HasSubstr("lane:routine is paused until it is resumed"));
  resign();
  EXPECT_THAT(why(), AllOf(HasSubstr("it is due and no scheduler leads"),
                           HasSubstr("start claimferry-scheduler")));
}

TEST_P(Why, OneThatWasForgottenAsksForRepair) {
  synced();
  command({"ZREM", "cf:{0}:due:aetna", "M1"});
  EXPECT_THAT(why(), AllOf(HasSubstr("nothing of it is planned"),
                           HasSubstr("next: claimferry fsck --repair")));
}

TEST_P(Why, OneWhoseConsentEndedNeedsANewToken) {
  add(1);
  ASSERT_TRUE(settle(claim(1).front(), Verdict::reconsent));
  EXPECT_THAT(why(), AllOf(HasSubstr("its consent ended: the payer refused its refresh token"),
                           HasSubstr("next: claimferry member add M1")));
}

TEST_P(Why, OneParkedBeforeASurgeWasNoticedComesBackByItself) {
  for (const int number : {1, 2, 3, 4, 5}) {
    add(number);
    const Lease lease = claim(1).front();
    ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)));
    ASSERT_TRUE(run(tokens_->refused(lease.ref, 1, 0.2)));
    ASSERT_TRUE(settle(lease, number < 5 ? Verdict::reconsent : Verdict::snooze, 1h));
    if (number == 1) {
      EXPECT_THAT(why(), HasSubstr("its consent ended")) << "nobody else was refused yet";
    }
  }
  EXPECT_THAT(why(), AllOf(HasSubstr("the payer aetna refused its refresh token beside those of "
                                     "many; it comes back when the payer honours one"),
                           HasSubstr("refreshing stopped 0 s ago"),
                           HasSubstr("next: FCALL cf_resume 1 'cf:{0}' grants:aetna")));
  ASSERT_THAT(said({"resume", "grants:aetna"}), StartsWith("OK"));
  EXPECT_THAT(why(), AllOf(HasSubstr("and honours them again"), HasSubstr("to be taken back")));
}

TEST_P(Why, OneThatLeavesOrLeftSaysSo) {
  add(1);
  command({"HSET", "cf:{0}:member:M1", "state", "erasing"});
  EXPECT_THAT(why(), HasSubstr("it is being erased"));
  command({"HSET", "cf:{0}:member:M1", "state", "erased"});
  EXPECT_THAT(why(), AllOf(HasSubstr("it was erased"), HasSubstr("next: nothing")));
  command({"HSET", "cf:{0}:member:M1", "state", "paused"});
  EXPECT_THAT(why(), HasSubstr("it is paused"));
  command({"HDEL", "cf:{0}:member:M1", "state"});
  EXPECT_THAT(why(), HasSubstr("it is without a state"));
}

INSTANTIATE_TEST_SUITE_P(Queue, Why, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
