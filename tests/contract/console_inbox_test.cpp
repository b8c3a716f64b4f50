// The raw way: XADD to `inbox`, taken as the function of that name would, or moved to `rejected`
// with the reason; and what raw writes to `commands` come to.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class Inbox : public ConsoleContract {
 protected:
  void put(Words fields, const std::string& stream = "inbox") {
    redis::Command entry{"XADD", "cf:{0}:" + stream, "*"};
    entry.insert(entry.end(), fields.begin(), fields.end());
    ASSERT_EQ(command(std::move(entry)).error(), nullptr);
  }
  // The reason why the one entry was refused; it must be gone from the inbox.
  std::string reason_of(Words fields) {
    put(std::move(fields));
    const auto reply = take_inbox();
    EXPECT_EQ(reply.refused, 1U);
    EXPECT_EQ(reply.taken, 0U);
    EXPECT_EQ(number({"XLEN", "cf:{0}:inbox"}), 0);
    return last_of("rejected")["reason"];
  }
};

TEST_P(Inbox, ACommandIsCarriedOutAsItsFunctionWould) {
  ASSERT_TRUE(settle((add(1), claim(1).front()), Verdict::done));
  put({"cmd", "backfill", "member", "M1", "since", "2023-01-01", "by", "ada", "reason",
       "asked for"});
  put({"member", "M1", "cmd", "backfill"});
  put({"cmd", "pause", "scope", "lane:routine", "for", "2h"});
  const auto reply = take_inbox();
  EXPECT_EQ(reply.taken, 3U);
  EXPECT_EQ(reply.refused, 0U);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:m:M1"}), 2);
  EXPECT_EQ(last_of("audit").at("cmd"), "pause");
  EXPECT_EQ(last_of("audit").at("via"), "inbox");
  EXPECT_EQ(number({"XLEN", "cf:{0}:inbox"}), 0);
}

TEST_P(Inbox, WhatIsWrongIsMovedToRejectedWithTheReason) {
  add(1);
  const struct {
    Words fields;
    std::string starts;
  } cases[] = {
      {{"member", "M1"}, "UNKNOWN_COMMAND cmd \"\" is none; write cmd and one of: backfill"},
      {{"cmd", ""}, "UNKNOWN_COMMAND cmd \"\" is none"},
      {{"cmd", "bakfill", "member", "M1"},
       "UNKNOWN_COMMAND cmd \"bakfill\" is none; did you mean backfill?"},
      {{"cmd", "status"}, "UNKNOWN_COMMAND cmd \"status\" is none"},
      {{"cmd", "backfill"}, "MISSING member= is missing"},
      {{"cmd", "backfill", "cmd", "backfill", "member", "M1"}, "UNKNOWN_ARGUMENT \"cmd=\""},
      {{"cmd", "backfill", "member", "M1", "member", "M1"}, "TWICE member="},
      {{"cmd", "backfill", "member", "M9"}, "NO_MEMBER"},
      {{"cmd", "backfill", "member", "M1", "since", "yesterday"}, "BAD_VALUE since="},
      {{"cmd", "backfill", "member", "M1", "snice", "2023-01-01"}, "UNKNOWN_ARGUMENT \"snice=\""},
      {{"cmd", "backfill", "", "M1"}, "BAD_VALUE member=\"=M1\""},
      {{"cmd", "backfill", "member", std::string("M1\0", 3)}, "BAD_VALUE member=\"M1?\""},
      {{"cmd", "dead_drop", "all", "1"}, "NO_JOB"},
  };
  for (const auto& wrong : cases) {
    const auto before = number({"ZCARD", "cf:{0}:m:M1"});
    EXPECT_THAT(reason_of(wrong.fields), StartsWith(wrong.starts));
    EXPECT_EQ(number({"ZCARD", "cf:{0}:m:M1"}), before);
  }
  const auto kept = last_of("rejected");
  EXPECT_EQ(kept.at("cmd"), "dead_drop") << "as it was written";
  EXPECT_NE(kept.at("inbox"), "");
}

TEST_P(Inbox, AnEntryOfAnySizeIsKeptShort) {
  Words fields{"cmd", std::string(100'000, 'x')};
  for (int at = 0; at < 500; ++at) {
    fields.insert(fields.end(), {"f" + std::to_string(at), "v"});
  }
  EXPECT_THAT(reason_of(fields), StartsWith("UNKNOWN_COMMAND"));
  EXPECT_LE(last_of("rejected").size(), 20U);
  EXPECT_LE(last_of("rejected").at("cmd").size(), 100U);
}

TEST_P(Inbox, OneBadEntryHoldsUpNoOther) {
  ASSERT_TRUE(settle((add(1), claim(1).front()), Verdict::done));
  put({"cmd", "nothing"});
  put({"cmd", "backfill", "member", "M1"});
  const auto reply = take_inbox();
  EXPECT_EQ(reply.taken, 1U);
  EXPECT_EQ(reply.refused, 1U);
}

TEST_P(Inbox, ManyAreTakenInStepsAndABatchEndsAStep) {
  add(1);
  for (int at = 0; at < 25; ++at) {
    put({"cmd", "pause", "scope", "all"});
  }
  EXPECT_EQ(take_inbox().taken, 20U);
  EXPECT_EQ(take_inbox().taken, 5U);
  EXPECT_EQ(take_inbox().taken, 0U);
  put({"cmd", "backfill_many", "members", "M1\r\n"});
  put({"cmd", "backfill_many", "members", "M1\n", "since", "2023-01-01"});
  EXPECT_EQ(take_inbox().taken, 1U);
  EXPECT_EQ(take_inbox().taken, 1U);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:open_batches"}), 2);
}

TEST_P(Inbox, RejectedIsBounded) {
  for (int at = 0; at < 1'300; ++at) {
    put({"cmd", "nothing"});
  }
  while (take_inbox().refused > 0) {
  }
  EXPECT_LE(number({"XLEN", "cf:{0}:rejected"}), 1'200);
}

TEST_P(Inbox, OnlyTheLeaderTakesIt) {
  put({"cmd", "pause", "scope", "all"});
  const auto reply = run(upkeep_->take_inbox(Term{"somebody", "7"}));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(number({"XLEN", "cf:{0}:inbox"}), 1);
}

TEST_P(Inbox, CommandsThatNoFunctionWroteAreRejected) {
  add(1);
  const Words wrong[] = {{"cmd", "flush"},
                         {"x", "y"},
                         {"cmd", "stand"},
                         {"cmd", "cancel"},
                         {"cmd", "drop", "upto", "soon"},
                         {"cmd", "drop", "upto", "nan"},
                         {"cmd", "replay", "upto", "0x"}};
  for (const Words& fields : wrong) {
    put(fields, "commands");
    const auto reply = *run(upkeep_->carry_out(term()));
    EXPECT_EQ(reply.refused, 1U) << testing::PrintToString(fields);
    EXPECT_EQ(number({"XLEN", "cf:{0}:commands"}), 0);
    EXPECT_THAT(last_of("rejected")["reason"], testing::MatchesRegex("(BAD_COMMAND|FAILED) .*"));
  }
  put({"cmd", "stand", "member", "nobody"}, "commands");
  put({"cmd", "cancel", "job", "nothing"}, "commands");
  carry_out();
  EXPECT_EQ(claim(1).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Queue, Inbox, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
