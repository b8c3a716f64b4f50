// cf_erase: what it asks for, what it answers, and that nothing an operator types undoes it.
#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

class Leaves : public ConsoleContract {
 protected:
  void steps() {
    while (run(upkeep_->erase(term()))->looked_at > 0) {
    }
  }
  std::string state() { return member_field(1, "state"); }
};

TEST_P(Leaves, OnlyWhereItIsConfirmed) {
  add(1);
  EXPECT_THAT(refused({"erase", "M1"}), StartsWith("CONFIRM nothing brings an erased member back"));
  EXPECT_THAT(refused({"erase", "M1", "confirm=M2"}), StartsWith("CONFIRM"));
  EXPECT_THAT(refused({"erase", "M9", "confirm=M9"}), StartsWith("NO_MEMBER"));
  const std::string before = fingerprint();
  EXPECT_THAT(said({"erase", "M1", "dry=1"}), HasSubstr("would be erased for good"));
  EXPECT_EQ(fingerprint(), before);
  EXPECT_THAT(said({"erase", "M1", "confirm=M1", "by=ada", "reason=left the plan"}),
              MatchesRegex("ACCEPTED [0-9a-f]{24} its requests stop now; .*"));
  const auto entry = last_of("audit");
  EXPECT_EQ(entry.at("event"), "erasure");
  EXPECT_EQ(entry.at("by"), "ada");
  EXPECT_EQ(entry.at("reason"), "left the plan");
  EXPECT_EQ(entry.at("member"), "M1");
}

TEST_P(Leaves, AskedForAgainItIsADuplicateAndThenAReceipt) {
  add(1);
  const std::string id = id_of({"erase", "M1", "confirm=M1"});
  EXPECT_EQ(said({"erase", "M1", "confirm=M1"}), "DUP " + id + " it is being erased");
  EXPECT_THAT(said({"why", "M1"}), HasSubstr("data key not destroyed yet"));
  steps();
  EXPECT_THAT(said({"why", "M1"}), HasSubstr("data key destroyed 2"));
  ASSERT_TRUE(settle(claim(1).front(), Verdict::done));
  steps();
  EXPECT_THAT(said({"erase", "M1", "confirm=M1"}), StartsWith("DUP " + id + " it was erased"));
  EXPECT_EQ(json({"member", "M1"}).at("erasure").as_string(), id);
  EXPECT_EQ(json({"member", "M1"}).at("state").as_string(), "erased");
  EXPECT_EQ(json({"status"}).at("members").as_int64(), 0);
}

TEST_P(Leaves, NeitherACancelNorAPauseNorAResumeUndoesIt) {
  add(1);
  said({"erase", "M1", "confirm=M1"});
  steps();
  EXPECT_THAT(refused({"cancel", "M1"}), StartsWith("ERASING"));
  const auto running = claim(1);
  ASSERT_THAT(running, SizeIs(1));
  EXPECT_THAT(refused({"cancel", running[0].ref.job.str()}), StartsWith("ERASING"));
  said({"pause", "member:M1"});
  said({"resume", "member:M1"});
  EXPECT_THAT(refused({"backfill", "M1"}), StartsWith("NOT_ACTIVE"));
  ASSERT_TRUE(settle(running[0], Verdict::done));
  steps();
  EXPECT_EQ(state(), "erased");
}

// The first claim after it, before any scheduler's step: whatever stands in line ends there.
TEST_P(Leaves, NoJobOfTheMemberIsGivenOutAnyMore) {
  add(1);
  for (int year = 2000; year < 2026; ++year) {
    ASSERT_THAT(said({"backfill", "M1", "since=" + std::to_string(year) + "-01-01"}),
                StartsWith("OK"));
  }
  said({"erase", "M1", "confirm=M1"});
  for (int call = 0; call < 30; ++call) {
    EXPECT_THAT(claim(10), IsEmpty());
  }
  steps();
  EXPECT_THAT(claim(10), SizeIs(1));
}

TEST_P(Leaves, AlsoOutOfTheInbox) {
  add(1);
  command({"XADD", "cf:{0}:inbox", "*", "cmd", "erase", "member", "M1", "confirm", "M1"});
  EXPECT_EQ(take_inbox().taken, 1U);
  EXPECT_EQ(state(), "erasing");
  EXPECT_EQ(last_of("audit").at("via"), "inbox");
}

INSTANTIATE_TEST_SUITE_P(Queue, Leaves, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
