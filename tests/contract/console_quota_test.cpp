// What operators do with a payer's quota, from the call to the permits that are granted; on the
// in-memory keyspace, too, because time moves there at will.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using quota::Use;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class ConsoleQuota : public ConsoleContract {
 protected:
  void SetUp() override {
    ConsoleContract::SetUp();
    if (!HasFatalFailure() && !IsSkipped()) {
      add(1);
    }
  }
  void worker_asks() { answer_to(ask_of(0)); }
  double rate() { return answer_to(ask_of(0)).rate; }

  // What the two lanes get while they want whatever there is.
  struct Granted {
    unsigned routine = 0;
    unsigned backfill = 0;
  };
  Granted granted_in(Duration how_long, unsigned routine, unsigned backfill) {
    Granted sum;
    for (Duration gone{0}; gone < how_long; gone += 50ms) {
      pass(50ms);
      auto ask = ask_of(routine);
      ask.wanted[Use::backfill] = backfill;
      const auto answer = answer_to(ask);
      sum.routine += answer.grant.granted[Use::routine];
      sum.backfill += answer.grant.granted[Use::backfill];
    }
    return sum;
  }
  // The quota and the audit as they stand.
  std::string state() {
    std::string all = std::to_string(number({"XLEN", "cf:{0}:audit"}));
    const auto fields = command({"HGETALL", "cf:{0}:quota:aetna"});
    for (const redis::Reply& word : *fields.array()) {
      all += ' ' + *word.text();
    }
    return all;
  }
  std::string put_in_inbox(Words fields) {
    redis::Command entry{"XADD", "cf:{0}:inbox", "*"};
    entry.insert(entry.end(), fields.begin(), fields.end());
    command(std::move(entry));
    return take_inbox().taken == 1 ? "taken" : last_of("rejected")["reason"];
  }
};

TEST_P(ConsoleQuota, IsUnknownUntilAWorkerAsked) {
  for (const Words& words : {Words{"quota", "aetna"}, Words{"quota", "aetna", "rps=5"}}) {
    EXPECT_THAT(said(words), AllOf(StartsWith("NOT_READY no worker has asked for permits"),
                                   HasSubstr("start a claimferry-worker")));
  }
  EXPECT_THAT(said({"status"}), Not(HasSubstr("payer aetna rate")));
  worker_asks();
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("rate               20\n"));
  EXPECT_THAT(said({"status"}),
              MatchesRegex("(.|\n)*payer aetna rate +20/s, of the profile(.|\n)*"));
}

TEST_P(ConsoleQuota, ShowsTheRateAndWhatWasMadeOfIt) {
  auto ask = ask_of(3);
  ask.started = 2;
  answer_to(ask);
  ASSERT_TRUE(run(quota_->refused({aetna, 0, 10min, 0})));
  const auto shown = json({"quota", "aetna"});
  EXPECT_EQ(shown.at("payer"), "aetna");
  EXPECT_EQ(shown.at("rate"), 20);
  EXPECT_EQ(shown.at("because"), "of the profile");
  EXPECT_EQ(shown.at("last_good_rate"), 20);
  EXPECT_EQ(shown.at("floor").to_number<double>(), 0.2);
  EXPECT_EQ(shown.at("ceiling"), 25);
  EXPECT_EQ(shown.at("burst"), 5);
  EXPECT_EQ(shown.at("in_flight_at_most"), "-");
  EXPECT_EQ(shown.at("backfill_share"), "20 %");
  EXPECT_EQ(shown.at("bursts_of_429s"), 1);
  EXPECT_EQ(shown.at("epoch"), 1);
  EXPECT_EQ(shown.at("granted"), 3);
  EXPECT_EQ(shown.at("used"), 2);
  EXPECT_THAT(std::string(shown.at("blocked").as_string()), MatchesRegex("for (9|10) min.*"));
  EXPECT_THAT(said({"status"}),
              MatchesRegex("(.|\n)*payer aetna blocked +for (9|10) min.*a 429(.|\n)*"));
}

TEST_P(ConsoleQuota, SaysWhyTheRateIsWhatItIs) {
  worker_asks();
  command({"HSET", "cf:{0}:quota:aetna", "rate", "12.3456", "good", "12.5"});
  EXPECT_THAT(said({"status"}), HasSubstr("12.35/s, learned\n"));
  auto ask = ask_of(0);
  ask.pace = 500;
  answer_to(ask);
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("learned, slowed by the payer's headers"));
  ASSERT_THAT(said({"quota", "aetna", "rps=3"}), StartsWith("OK"));
  EXPECT_THAT(said({"status"}), MatchesRegex("(.|\n)*3/s, an operator's for (59 min|1 h).*"
                                             "(.|\n)*"));
}

TEST_P(ConsoleQuota, WhatIsSetIsWhatIsGranted) {
  worker_asks();
  EXPECT_THAT(said({"quota", "aetna", "rps=4", "burst=1"}),
              MatchesRegex("OK aetna gets 4 requests/s, bursts of 1 until 20.*Z"));
  EXPECT_EQ(rate(), 4);
  granted_in(500ms, 10, 0);
  EXPECT_NEAR(granted_in(3s, 10, 0).routine, 12, 2);
  ASSERT_THAT(said({"quota", "aetna", "rps=0.5"}), StartsWith("OK aetna gets 0.5 requests/s"));
  EXPECT_EQ(rate(), 0.5);
  EXPECT_LE(answer_to(ask_of(9)).ask_again, 1s) << "so that the next change is noticed";
}

TEST_P(ConsoleQuota, EndsByItself) {
  worker_asks();
  ASSERT_THAT(said({"quota", "aetna", "rps=4", "burst=2", "inflight=1", "for=1s"}),
              StartsWith("OK"));
  pass(500ms);
  EXPECT_EQ(rate(), 4);
  pass(600ms);
  EXPECT_EQ(rate(), 20);
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("of the profile"));
  if (!real()) {
    ASSERT_THAT(said({"quota", "aetna", "rps=4"}), StartsWith("OK"));
    pass(59min);
    EXPECT_EQ(rate(), 4) << "for an hour, where nobody says how long";
    pass(2min);
    EXPECT_GT(rate(), 19) << "about what it was";
    ASSERT_THAT(said({"quota", "aetna", "rps=4", "for=30d"}), StartsWith("OK"));
    pass(29 * 24h);
    EXPECT_EQ(rate(), 4);
    pass(25h);
    EXPECT_GT(rate(), 19) << "about what it was";
  }
}

TEST_P(ConsoleQuota, EndsAtOnce) {
  worker_asks();
  ASSERT_THAT(said({"quota", "aetna", "rps=4"}), StartsWith("OK"));
  EXPECT_THAT(said({"quota", "aetna", "end=1", "dry=1"}), HasSubstr("(dry: nothing changed)"));
  EXPECT_EQ(rate(), 4);
  EXPECT_EQ(said({"quota", "aetna", "end=1"}), "OK aetna is as its workers learned it");
  EXPECT_EQ(rate(), 20);
  EXPECT_THAT(said({"quota", "aetna", "end=1"}), StartsWith("NOT_SET no operator holds the quota"));
}

TEST_P(ConsoleQuota, WhatIsNotNamedGoesOnWhileItIsInForce) {
  worker_asks();
  ASSERT_THAT(said({"quota", "aetna", "rps=4", "for=1s"}), StartsWith("OK"));
  EXPECT_THAT(said({"quota", "aetna", "inflight=3", "for=1s"}),
              StartsWith("OK aetna gets 4 requests/s, at most 3 in flight until "));
  pass(1'100ms);
  EXPECT_THAT(said({"quota", "aetna", "burst=2"}), StartsWith("OK aetna gets bursts of 2 until "));
  EXPECT_EQ(rate(), 20);
}

TEST_P(ConsoleQuota, BoundsTheFleetsRequestsInFlight) {
  worker_asks();
  ASSERT_THAT(said({"quota", "aetna", "inflight=3"}), StartsWith("OK"));
  auto one = ask_of(5);
  one.in_flight = 1;
  auto other_shard = ask_of(5);
  other_shard.shard = "w2/0";
  pass(500ms);
  EXPECT_EQ(answer_to(one).grant.granted[Use::routine], 2U);
  EXPECT_EQ(answer_to(other_shard).grant.granted[Use::routine], 0U);
  one.in_flight = 2;
  one.wanted[Use::routine] = 0;
  answer_to(one);
  EXPECT_EQ(answer_to(other_shard).grant.granted[Use::routine], 1U);
  EXPECT_THAT(said({"status"}), HasSubstr("at most 3, an operator's for "));
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("in flight at most  3\n"));
  contract::expect_clean_queue(io_, *redis_);
}

TEST_P(ConsoleQuota, AShareBoundsBackfillsWhileOthersWait) {
  worker_asks();
  for (const auto& [text, part] : {std::pair{"10%", 0.1}, std::pair{"0.5", 0.5}}) {
    ASSERT_THAT(
        said({"share", "aetna", std::string("backfill=") + text}),
        MatchesRegex("OK aetna backfills get at most (10|50) % while others wait, until changed"));
    granted_in(500ms, 20, 20);
    const Granted got = granted_in(3s, 20, 20);
    const unsigned all = got.routine + got.backfill;
    EXPECT_LE(got.backfill, all * part + 6) << text;
    if (!real()) {  // there it is asked for in time
      EXPECT_NEAR(all, 60, 6);
      EXPECT_GE(got.backfill, 60 * part - 6) << text;
    }
  }
  EXPECT_THAT(
      said({"status"}),
      MatchesRegex("(.|\n)*payer aetna backfill share +50 %, an operator's until changed(.|\n)*"));
  EXPECT_EQ(said({"share", "aetna", "backfill=default"}),
            "OK aetna backfills get at most 20 % while others wait");
  EXPECT_THAT(said({"status"}), Not(HasSubstr("backfill share")));
  EXPECT_THAT(said({"share", "aetna", "backfill=default"}), StartsWith("NOT_SET"));
  contract::expect_clean_queue(io_, *redis_);
}

TEST_P(ConsoleQuota, AShareWithATimeEndsByItself) {
  EXPECT_THAT(said({"share", "aetna", "backfill=1", "for=1s"}),
              MatchesRegex("OK aetna backfills get at most 100 % while others wait, until 20.*Z"))
      << "also before any worker asked";
  worker_asks();
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("100 %, an operator's for "));
  pass(1'100ms);
  EXPECT_THAT(said({"quota", "aetna"}), HasSubstr("backfill share     20 %\n"));
}

TEST_P(ConsoleQuota, AnOpenBreakerIsShown) {
  worker_asks();
  EXPECT_THAT(said({"status"}), Not(HasSubstr("breaker")));
  const auto probe =
      std::to_string(std::stoll(text({"HGET", "cf:{0}:quota:aetna", "profile_at"})) + 50'000);
  command({"HSET", "cf:{0}:quota:aetna", "breaker", "1", "breaker_next", probe});
  EXPECT_THAT(said({"status"}), HasSubstr("open for the whole payer, next probe in "));
  command({"HSET", "cf:{0}:quota:aetna", "breaker", "2", "breaker_next", "1"});
  EXPECT_THAT(said({"quota", "aetna"}),
              HasSubstr("open for its token endpoint, next probe any moment"));
}

TEST_P(ConsoleQuota, ADryRunChangesNothing) {
  worker_asks();
  const std::string before = state();
  const Words calls[] = {{"quota", "aetna", "rps=4", "burst=2", "inflight=1", "dry=1"},
                         {"share", "aetna", "backfill=0.1", "dry=1"}};
  for (const Words& words : calls) {
    EXPECT_THAT(said(words), AllOf(StartsWith("OK aetna "), HasSubstr("(dry: nothing changed)")));
  }
  EXPECT_EQ(state(), before);
  said({"quota", "aetna"});
  EXPECT_EQ(state(), before) << "nor does looking";
}

TEST_P(ConsoleQuota, WhatDoesNotFitIsRefusedAndChangesNothing) {
  worker_asks();
  ASSERT_THAT(said({"quota", "aetna", "burst=3"}), StartsWith("OK"));
  const struct {
    Words words;
    std::string starts, says;
  } cases[] = {
      {{"quota"}, "MISSING payer= is missing", "PAYER [rps=N]"},
      {{"quota", "atena"}, "NO_PAYER no payer \"atena\"; did you mean aetna?", ""},
      {{"share", "atena", "backfill=1"}, "NO_PAYER no payer \"atena\"; did you mean aetna?", ""},
      {{"quota", "aetna", "rps=26"},
       "BAD_VALUE rps=26 is above the ceiling of aetna, 25 requests/s",
       "quota.ceiling"},
      {{"quota", "aetna", "rps=25.0001"}, "BAD_VALUE rps=25.0001 is above the ceiling", ""},
      {{"quota", "aetna", "rps=0"}, "BAD_VALUE rps=\"0\"", "such as 5 or 0.5"},
      {{"quota", "aetna", "rps=0.000001"}, "BAD_VALUE rps=", "0.01 or more"},
      {{"quota", "aetna", "rps=-1"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=nan"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=inf"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=1e1"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=0x5"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=5/s"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "rps=99999999999999999"}, "BAD_VALUE rps=", "such as 5"},
      {{"quota", "aetna", "5"}, "UNKNOWN_ARGUMENT \"5\" has no name", "rps=N"},
      {{"quota", "aetna", "rsp=5"}, "UNKNOWN_ARGUMENT \"rsp=\"", "did you mean rps=?"},
      {{"quota", "aetna", "burst=26"},
       "BAD_VALUE burst=26 is above",
       "25 (a second of its ceiling"},
      {{"quota", "aetna", "burst=0"}, "BAD_VALUE burst=", "a whole number above 0"},
      {{"quota", "aetna", "burst=1.5"}, "BAD_VALUE burst=", "a whole number above 0"},
      {{"quota", "aetna", "inflight=0"}, "BAD_VALUE inflight=", "a whole number above 0"},
      {{"quota", "aetna", "rps=5", "for=0"}, "BAD_VALUE for=", "end=1 ends it at once"},
      {{"quota", "aetna", "rps=5", "for=31d"}, "BAD_VALUE for=", "at most 30d"},
      {{"quota", "aetna", "for=2h"},
       "MISSING name rps=, burst=, inflight= or end=1",
       "type: FCALL"},
      {{"quota", "aetna", "end=1", "rps=5"}, "BAD_VALUE end=1 ends what was set", "aetna end=1"},
      {{"quota", "aetna", "end=2"}, "BAD_VALUE end=", "1, or leave it out"},
      {{"share", "aetna"}, "MISSING backfill= is missing", "backfill=0.1"},
      {{"share", "aetna", "backfill=0"}, "BAD_VALUE backfill=", "0.01 to 1, such as 0.1 or 10%"},
      {{"share", "aetna", "backfill=0.5%"}, "BAD_VALUE backfill=", "0.01 to 1"},
      {{"share", "aetna", "backfill=1.01"}, "BAD_VALUE backfill=", "0.01 to 1"},
      {{"share", "aetna", "backfill=101%"}, "BAD_VALUE backfill=", "0.01 to 1"},
      {{"share", "aetna", "backfill=%"}, "BAD_VALUE backfill=", "0.01 to 1"},
      {{"share", "aetna", "backfill=nan"}, "BAD_VALUE backfill=", "0.01 to 1"},
      {{"share", "aetna", "backfill=0.1", "for=2"}, "BAD_VALUE for=", "2h or 7d"},
      {{"share", "aetna", "backfill=default", "for=2h"},
       "BAD_VALUE backfill=default",
       "leave for= out"},
  };
  const std::string before = state();
  for (const auto& wrong : cases) {
    const std::string error = said(wrong.words);
    EXPECT_THAT(error, StartsWith(wrong.starts));
    EXPECT_THAT(error, HasSubstr(wrong.says));
  }
  EXPECT_EQ(state(), before);
}

TEST_P(ConsoleQuota, EachChangeStandsInTheAudit) {
  worker_asks();
  said({"quota", "aetna", "rps=4", "by=ada", "reason=the payer asked"});
  auto entry = last_of("audit");
  EXPECT_EQ(entry["cmd"] + entry["by"] + entry["payer"], "quotaadaaetna");
  EXPECT_EQ(entry["reason"], "the payer asked");
  EXPECT_EQ(entry["rps"], "4");
  said({"quota", "aetna", "end=1", "by=ada"});
  EXPECT_EQ(last_of("audit")["end"], "1");
  said({"share", "aetna", "backfill=10%"});
  entry = last_of("audit");
  EXPECT_EQ(entry["cmd"], "share");
  EXPECT_EQ(entry["backfill"], "0.1000");
}

TEST_P(ConsoleQuota, TheInboxTakesTheSameWords) {
  worker_asks();
  EXPECT_EQ(put_in_inbox({"cmd", "quota", "payer", "aetna", "rps", "4", "by", "ada"}), "taken");
  EXPECT_EQ(rate(), 4);
  EXPECT_EQ(last_of("audit")["via"], "inbox");
  EXPECT_EQ(put_in_inbox({"cmd", "share", "payer", "aetna", "backfill", "0.3", "for", "2h"}),
            "taken");
  EXPECT_EQ(text({"HGET", "cf:{0}:quota:aetna", "share"}), "0.3000");
  EXPECT_THAT(put_in_inbox({"cmd", "quota", "payer", "aetna", "rps", "26"}),
              StartsWith("BAD_VALUE rps=26 is above the ceiling of aetna"));
  EXPECT_THAT(put_in_inbox({"cmd", "quota", "payer", "aetna"}), StartsWith("MISSING name rps="));
  EXPECT_EQ(put_in_inbox({"cmd", "quota", "payer", "aetna", "end", "1"}), "taken");
  EXPECT_EQ(rate(), 20);
}

INSTANTIATE_TEST_SUITE_P(Queue, ConsoleQuota, testing::Values("memory", "redis"));

}  // namespace
}  // namespace claimferry::queue
