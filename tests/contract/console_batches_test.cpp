// Batches: all or nothing, their counts, the limit and what to type beyond it, expansion, progress,
// cancel.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class Batches : public ConsoleContract {
 protected:
  // Registers members without a sync of theirs, so that a batch's jobs are all there is.
  void know(int from, int to) {
    static constexpr auto lua =
        "for at = ARGV[1], ARGV[2] do redis.call('HSET', 'cf:{0}:member:M' .. at, 'payer', "
        "'aetna', "
        "'state', 'active', 'added_at', 1) end redis.call('SADD', 'cf:{0}:payers', 'aetna') return "
        "1";
    command({"EVAL", lua, "0", std::to_string(from), std::to_string(to)});
  }
  static std::string lines(int from, int to, const std::string& end = "\n") {
    std::string text;
    for (int at = from; at <= to; ++at) {
      text += "M" + std::to_string(at) + end;
    }
    return text;
  }
  // One batch, by name of the field as cf_backfills shows it.
  std::string progress(const std::string& batch, const std::string& field) {
    const auto value = json({"backfills", batch});
    const auto& found = value.at(field);
    return found.is_string() ? std::string(found.as_string()) : std::to_string(found.as_int64());
  }
};

TEST_P(Batches, AThousandLinesAreOneBatch) {
  know(1, 1'000);
  const std::string answer = said({"backfill_many", "since=2023-01-01", "by=ada", lines(1, 1'000)});
  EXPECT_THAT(answer, MatchesRegex("OK [0-9a-f]+ new 1000, duplicate 0, unknown 0, "
                                   "in need of consent 0, malformed 0"));
  const std::string batch = answer.substr(3, 24);
  EXPECT_EQ(progress(batch, "state"), "open");
  EXPECT_EQ(progress(batch, "window"), "2023-01-01..");
  EXPECT_EQ(progress(batch, "members"), "1000");
  EXPECT_EQ(progress(batch, "not_queued_yet"), "1000");
  EXPECT_EQ(progress(batch, "by"), "ada");
  EXPECT_EQ(progress(batch, "eta"), "not known yet");
}

TEST_P(Batches, MoreLinesAreRefusedWithTheLineToType) {
  know(1, 1'001);
  const std::string error =
      refused({"backfill_many", "since=2023-01-01", "skip=consent", "by=ada", lines(1, 1'001)});
  EXPECT_EQ(
      error,
      "TOO_MANY more than 1000 lines in one call; type: split -l 1000 --filter=\"redis-cli -e -x "
      "FCALL cf_backfill_many 1 'cf:{0}' since=2023-01-01 skip=consent by=ada\" members.txt");
  EXPECT_THAT(refused({"backfill_many", std::string(1'001, '\n')}), StartsWith("TOO_MANY"));
  EXPECT_THAT(refused({"backfill_many", lines(1, 1'000) + "M1001"}), StartsWith("TOO_MANY"));
}

TEST_P(Batches, AFileOfAMillionLinesIsRefusedWithoutReadingIt) {
  EXPECT_THAT(refused({"backfill_many", lines(1, 1'000'000)}),
              StartsWith("TOO_MANY more than 1000 lines"));
  EXPECT_THAT(refused({"backfill_many", std::string(3'000'000, ' ') + "x"}),
              StartsWith("TOO_MANY"));
  EXPECT_THAT(refused({"backfill_many", "M" + std::string(190'000, ' ') + "x"}),
              StartsWith("REFUSED nothing was queued"));
}

TEST_P(Batches, CrlfBlanksBlankLinesAndCommentsAreFine) {
  know(1, 3);
  EXPECT_THAT(said({"backfill_many", "# ours\r\nM1\r\n\r\n  M2 \r\n\tM3"}),
              HasSubstr("new 3, duplicate 0"));
}

TEST_P(Batches, ALineGivenTwiceAndWorkThatIsQueuedAreDuplicates) {
  know(1, 3);
  ASSERT_THAT(said({"backfill", "M1"}), StartsWith("OK"));
  EXPECT_THAT(said({"backfill_many", "M1\nM2\nM2\nM3\n"}),
              HasSubstr("new 2, duplicate 2, unknown 0"));
  expand_all();
  EXPECT_THAT(said({"backfill_many", "M1\nM2\nM3\n"}), StartsWith("DUP new 0, duplicate 3"));
  EXPECT_THAT(said({"backfill_many", "since=2023-01-01", "M1\n"}), StartsWith("OK"))
      << "another window";
}

TEST_P(Batches, OneBadLineQueuesNothingAndTheFirstFiveAreNamedInTheirOrder) {
  know(1, 2);
  const std::string error = refused({"backfill_many", "M1\nX1\nM 2\nX2\nX3\nno/id\nX4\nM2\n"});
  EXPECT_EQ(
      error,
      "REFUSED nothing was queued: new 2, duplicate 0, unknown 4, in need of consent 0, malformed "
      "2; "
      "line 2 \"X1\": no such member; line 3 \"M 2\": no member id (1 to 64 of A-Z a-z 0-9 _ -); "
      "line 4 \"X2\": no such member; line 5 \"X3\": no such member; "
      "line 6 \"no/id\": no member id (1 to 64 of A-Z a-z 0-9 _ -); and 1 more; mend these lines");
}

TEST_P(Batches, MembersInNeedOfConsentAreNamedOrSkipped) {
  know(1, 2);
  command({"HSET", "cf:{0}:member:M2", "state", "reconsent"});
  EXPECT_THAT(refused({"backfill_many", "M1\nM2\n"}),
              AllOf(HasSubstr("in need of consent 1"),
                    HasSubstr("line 2 \"M2\": is reconsent, it must consent again"),
                    HasSubstr("add skip=consent")));
  EXPECT_THAT(said({"backfill_many", "skip=consent", "M1\nM2\n"}),
              HasSubstr("new 1, duplicate 0, unknown 0, in need of consent 1"));
  EXPECT_THAT(refused({"backfill_many", "skip=consent", "M1\nM2\nX\n"}),
              AllOf(HasSubstr("line 3 \"X\""), Not(HasSubstr("\"M2\""))));
}

TEST_P(Batches, NoLinesAreRefusedWithHowToGiveThem) {
  for (const std::string text : {"", "\n", "# nothing\n\r\n"}) {
    EXPECT_THAT(refused({"backfill_many", text}),
                HasSubstr("type: redis-cli -e -x FCALL cf_backfill_many 1 'cf:{0}' < members.txt"));
  }
  EXPECT_THAT(refused({"backfill_many"}), StartsWith("MISSING members= is missing"));
  EXPECT_THAT(said({"backfills"}), HasSubstr("no batch yet; begin one: redis-cli -e -x FCALL"));
}

TEST_P(Batches, TheSchedulerExpandsFiftyMembersAtATimeAsLongAsTheLaneHasRoom) {
  know(1, 250);
  const std::string batch = id_of({"backfill_many", lines(1, 250)});
  EXPECT_EQ(expand(), 50U);
  EXPECT_EQ(progress(batch, "queued_or_running"), "50");
  EXPECT_EQ(progress(batch, "not_queued_yet"), "200");
  EXPECT_EQ(expand(70), 20U) << "no more than may be ahead";
  EXPECT_EQ(expand(70), 0U);
  EXPECT_EQ(progress(batch, "not_queued_yet"), "180");
  expand_all();
  EXPECT_EQ(progress(batch, "queued_or_running"), "250");
}

TEST_P(Batches, ProgressCountsHowEachJobEnded) {
  know(1, 5);
  const std::string batch = id_of({"backfill_many", lines(1, 5)});
  command({"HSET", "cf:{0}:member:M5", "state", "reconsent"});  // between the file and its turn
  expand_all();
  const auto leases = claim(4);
  ASSERT_EQ(leases.size(), 4U);
  ASSERT_TRUE(settle(leases[0], Verdict::done));
  ASSERT_TRUE(settle(leases[1], Verdict::dead));
  ASSERT_TRUE(settle(leases[2], Verdict::reconsent));
  EXPECT_EQ(progress(batch, "done"), "1");
  EXPECT_EQ(progress(batch, "dead"), "1");
  EXPECT_EQ(progress(batch, "in_need_of_consent"), "2");
  EXPECT_EQ(progress(batch, "queued_or_running"), "1");
  EXPECT_EQ(progress(batch, "state"), "open");
  EXPECT_THAT(progress(batch, "eta"), MatchesRegex("[0-9]+ (s|min).*"));
  EXPECT_THAT(said({"backfills"}), AllOf(HasSubstr(batch), HasSubstr("open")));
  ASSERT_TRUE(settle(leases[3], Verdict::done));
  expand_all();
  EXPECT_EQ(progress(batch, "state"), "finished");
  EXPECT_EQ(progress(batch, "eta"), "-");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:open_batches"}), 0);
}

TEST_P(Batches, ABatchIsCancelledWhatRunsIncluded) {
  know(1, 250);
  const std::string batch = id_of({"backfill_many", lines(1, 250)});
  EXPECT_EQ(expand(), 50U);
  const auto lease = claim(1).front();
  EXPECT_THAT(said({"cancel", batch}), MatchesRegex("ACCEPTED " + batch + " 250 members"));
  EXPECT_EQ(progress(batch, "state"), "cancelling");
  expand_all();
  EXPECT_EQ(progress(batch, "cancelled"), "249");
  const auto beat = run(queue_->heartbeat({lease.ref}, 30s));
  EXPECT_EQ(beat->cancel.size(), 1U);
  ASSERT_TRUE(settle(lease, Verdict::cancelled));
  expand_all();
  EXPECT_EQ(progress(batch, "cancelled"), "250");
  EXPECT_EQ(progress(batch, "state"), "cancelled");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:ready:aetna:backfill"}), 0);
  EXPECT_THAT(refused({"cancel", batch}), StartsWith("ENDED batch"));
}

TEST_P(Batches, ABatchWhoseHashWasLostIsForgotten) {
  know(1, 2);
  const std::string batch = id_of({"backfill_many", lines(1, 2)});
  command({"DEL", "cf:{0}:batch:" + batch});
  expand_all();
  EXPECT_EQ(number({"EXISTS", "cf:{0}:open_batches", "cf:{0}:batches",
                    "cf:{0}:batch:" + batch + ":left"}),
            0);
}

TEST_P(Batches, TheYoungestStandFirstAndTheOldestFinishedMakeRoom) {
  know(1, 1);
  static constexpr auto lua =
      "for at = 1, 2005 do redis.call('ZADD', 'cf:{0}:batches', at, 'b' .. at) "
      "redis.call('HSET', 'cf:{0}:batch:b' .. at, 'window', 'sweep', 'total', 1, 'created_at', at, "
      "'finished_at', at) end return 1";
  command({"EVAL", lua, "0"});
  const std::string batch = id_of({"backfill_many", "M1\n"});
  EXPECT_THAT(said({"backfills", "limit=2"}),
              AllOf(HasSubstr(batch), HasSubstr("b2005"), Not(HasSubstr("b2004"))));
  expand_all();
  ASSERT_TRUE(settle(claim(1).front(), Verdict::done));
  expand_all();
  EXPECT_EQ(number({"ZCARD", "cf:{0}:batches"}), 2'000);
  EXPECT_EQ(number({"EXISTS", "cf:{0}:batch:b1"}), 0);
}

INSTANTIATE_TEST_SUITE_P(Queue, Batches, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
