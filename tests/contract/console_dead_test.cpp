// Dead letters: counted, listed, queued again, dropped on confirmation.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class Dead : public ConsoleContract {
 protected:
  // M1 and M2 died of payer_5xx, M3 of page_rejected.
  void prepare() {
    for (int member = 1; member <= 3; ++member) {
      add(member);
      jobs_.push_back(dead_letter(member, member == 3 ? "page_rejected" : "payer_5xx").str());
      pass(2ms);
    }
  }
  std::int64_t dead() { return number({"ZCARD", "cf:{0}:dead"}); }
  std::vector<std::string> jobs_;
};

TEST_P(Dead, NoneIsSaidSo) {
  EXPECT_THAT(said({"dead"}), HasSubstr("no dead letters"));
  EXPECT_THAT(said({"dead_list"}), HasSubstr("none of these"));
  EXPECT_EQ(json({"dead"}).as_array().size(), 0U);
  EXPECT_THAT(refused({"dead_replay", "all=1"}), StartsWith("NO_JOB"));
}

TEST_P(Dead, TheyAreCountedByPayerStageAndCode) {
  prepare();
  const auto rows = json({"dead"}).as_array();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("code").as_string(), "payer_5xx");
  EXPECT_EQ(rows[0].at("jobs").as_int64(), 2);
  EXPECT_EQ(rows[0].at("for_example").as_string(), jobs_[1]);
  EXPECT_THAT(said({"dead"}), HasSubstr("look at them: FCALL cf_dead_list 1 'cf:{0}'"));
}

TEST_P(Dead, TheyAreListedYoungestFirstByWhatIsAskedFor) {
  prepare();
  const auto all = json({"dead_list"}).as_array();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].at("job").as_string(), jobs_[2]);
  EXPECT_EQ(all[0].at("member").as_string(), "M3");
  EXPECT_EQ(json({"dead_list", "code=payer_5xx"}).as_array().size(), 2U);
  EXPECT_EQ(json({"dead_list", "member=M1"}).as_array().size(), 1U);
  EXPECT_EQ(json({"dead_list", "payer=other"}).as_array().size(), 0U);
  EXPECT_EQ(json({"dead_list", "limit=2"}).as_array().size(), 2U);
}

TEST_P(Dead, OneIsQueuedAgain) {
  prepare();
  EXPECT_THAT(said({"dead_replay", jobs_[0]}),
              MatchesRegex("ACCEPTED [0-9]+-[0-9]+ 1 dead letter"));
  EXPECT_EQ(dead(), 3) << "until the scheduler comes";
  carry_out();
  EXPECT_EQ(dead(), 2);
  EXPECT_EQ(number({"EXISTS", "cf:{0}:job:" + jobs_[0]}), 0);
  const auto leases = claim(10);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases.front().ref.member, member_named(1));
  EXPECT_EQ(leases.front().attempts, 0U);
  EXPECT_EQ(last_of("audit").at("done"), "1");
}

TEST_P(Dead, ThoseOfACodeAreQueuedAgainAndTheOthersStay) {
  prepare();
  EXPECT_THAT(said({"dead_replay", "code=payer_5xx", "payer=aetna", "dry=1"}),
              StartsWith("OK 2 dead letters would be queued again"));
  ASSERT_THAT(said({"dead_replay", "code=payer_5xx", "payer=aetna"}), StartsWith("ACCEPTED"));
  carry_out();
  EXPECT_EQ(dead(), 1);
  EXPECT_EQ(claim(10).size(), 2U);
}

TEST_P(Dead, OneSyncAMemberAlsoWhenADeadOneComesBack) {
  prepare();
  command({"ZADD", "cf:{0}:due:aetna", "1000", "M1"});
  command({"HSET", "cf:{0}:member:M1", "last_sweep", std::to_string(4'000'000'000'000)});
  ASSERT_EQ(plan().planned, 1U);
  ASSERT_THAT(said({"dead_replay", jobs_[0]}), StartsWith("ACCEPTED"));
  carry_out();
  EXPECT_EQ(number({"ZCARD", "cf:{0}:m:M1"}), 1);
  EXPECT_EQ(dead(), 2);
}

TEST_P(Dead, ThatOfAMemberWhoLeftStaysAndIsCountedAsRefused) {
  prepare();
  command({"HSET", "cf:{0}:member:M2", "state", "reconsent"});
  ASSERT_THAT(said({"dead_replay", "all=1"}), StartsWith("ACCEPTED"));
  carry_out();
  EXPECT_EQ(dead(), 1);
  EXPECT_EQ(last_of("audit").at("done"), "2");
  EXPECT_EQ(last_of("audit").at("refused"), "1");
}

TEST_P(Dead, ManyAreWorkedOffInStepsAndEachOnce) {
  static constexpr auto lua =
      "for at = 1, 350 do local job, member = 'dead' .. at, 'N' .. at "
      "redis.call('HSET', 'cf:{0}:member:' .. member, 'payer', 'aetna', 'state', at % 3 == 0 and "
      "'reconsent' or 'active') "
      "redis.call('HSET', 'cf:{0}:job:' .. job, 'member', member, 'payer', 'aetna', 'kind', "
      "'backfill', 'window', 'sweep', "
      "'lane', 'backfill', 'state', 'dead', 'code', 'c', 'stage', 's') "
      "redis.call('ZADD', 'cf:{0}:dead', at, job) end return 1";
  command({"EVAL", lua, "0"});
  ASSERT_THAT(said({"dead_replay", "code=c"}), HasSubstr("350 dead letters"));
  int steps = 0;
  while (run(upkeep_->carry_out(term()))->taken > 0) {
    ++steps;
  }
  EXPECT_GE(steps, 4);
  EXPECT_EQ(dead(), 116);
  EXPECT_EQ(last_of("audit").at("done"), "234");
  EXPECT_EQ(last_of("audit").at("refused"), "116");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:ready:aetna:backfill"}), 234);
}

TEST_P(Dead, MoreThanOneCallReadsAskForANarrowerChoice) {
  static constexpr auto lua =
      "for at = 1, 2001 do redis.call('ZADD', 'cf:{0}:dead', at * 86400000, 'dead' .. at) end "
      "return 1";
  command({"EVAL", lua, "0"});
  EXPECT_THAT(
      refused({"dead_drop", "code=c", "confirm=1"}),
      StartsWith("TOO_MANY 2001 dead letters would have to be read, and 2000 can be; narrow it"));
  EXPECT_THAT(said({"dead_replay", "code=c", "dry=1"}),
              StartsWith("OK at most 2001 dead letters would be queued again"));
  EXPECT_THAT(said({"dead_drop", "all=1", "dry=1"}), HasSubstr("to do it: confirm=2001"));
  EXPECT_THAT(said({"dead_drop", "before=1970-01-11", "dry=1"}),
              StartsWith("OK 9 dead letters would be dropped"));
  EXPECT_THAT(said({"dead"}), HasSubstr("of the youngest 800 of 2001; look at them"));
}

TEST_P(Dead, DroppingNeedsTheNumberThatIsMeant) {
  prepare();
  EXPECT_THAT(said({"dead_drop", "code=payer_5xx", "dry=1"}),
              StartsWith("OK 2 dead letters would be dropped; to do it: confirm=2"));
  EXPECT_THAT(refused({"dead_drop", "code=payer_5xx"}),
              StartsWith("CONFIRM 2 dead letters are meant; to drop: confirm=2"));
  EXPECT_THAT(refused({"dead_drop", "code=payer_5xx", "confirm=3"}),
              StartsWith("CONFIRM 2 dead letters are meant, not 3"));
  ASSERT_THAT(said({"dead_drop", "code=payer_5xx", "confirm=2"}), StartsWith("ACCEPTED"));
  pass(2ms);
  add(4);
  dead_letter(4, "payer_5xx");  // one that came later was not meant
  carry_out();
  EXPECT_EQ(dead(), 2);
  EXPECT_EQ(json({"status"}).at("dead_dropped").as_int64(), 2);
  EXPECT_THAT(claim(10), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Queue, Dead, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
