#include "common/audit/adapter/audit_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/unit/common/audit/adapter/directory_fixture.hpp"

namespace claimferry::audit {
namespace {

using testing::HasSubstr;

const std::string november = "audit-2026-11.jsonl";

class Directory : public testing::Test, public DirectoryFixture {
 protected:
  std::string code_of(const Batch& batch) const {
    const auto drained = directory().take(batch, batch.at);
    return drained ? "" : drained.failure().code;
  }
  unsigned mode_of(const fs::path& path) const {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  }
};

TEST_F(Directory, AppendsInOrderAndAnswersWhatIsDurable) {
  const auto first = directory().take(batch(1, 2, std::nullopt), in_november);
  ASSERT_TRUE(first) << first.failure().detail;
  EXPECT_EQ(first->appended, 2U);
  EXPECT_EQ(first->head.seq, 2U);
  EXPECT_EQ(first->ids, (std::vector<std::string>{"1-0", "2-0"}));
  const Head head = fill(3, 5, first->head);
  EXPECT_EQ(head.seq, 5U);
  EXPECT_TRUE(verified(head).sound());
  EXPECT_EQ(verified().lines, 5U);
}

TEST_F(Directory, IsItsOwnersAlone) {
  fill(1, 1);
  EXPECT_EQ(mode_of(path()), 0700U);
  EXPECT_EQ(mode_of(file(november)), 0600U);
  EXPECT_EQ(mode_of(file("lock")), 0600U);
}

TEST_F(Directory, WritesNothingTwiceAfterACrashBeforeRedisForgot) {
  const Head before = fill(1, 2);
  const Head after = fill(3, 5, before);  // and Redis still says `before`
  const auto known = directory().take(batch(3, 7, before), in_november);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->appended, 0U);
  EXPECT_EQ(known->ids.size(), 3U);
  EXPECT_EQ(known->head, after);
  fill(6, 7, after);
  EXPECT_EQ(verified().lines, 7U);
}

TEST_F(Directory, WritesNothingTwiceAfterACrashOfTheVeryFirstStep) {
  fill(1, 5);
  const auto known = directory().take(batch(1, 5, std::nullopt), in_november);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->ids.size(), 5U);
  EXPECT_EQ(verified().lines, 5U);
}

TEST_F(Directory, GoesOnWhereARedisLostEverything) {
  fill(1, 5);
  const Head head = fill(6, 7);
  EXPECT_EQ(head.seq, 7U);
  EXPECT_TRUE(verified(head).sound());
}

TEST_F(Directory, GoesOnWhereARedisLostItsLastWrites) {
  std::vector<Head> heads{fill(1, 1)};
  for (int number = 2; number <= 400; ++number) {
    heads.push_back(fill(number, number, heads.back()));
  }
  // It holds 101 … 400 again, and more came.
  Head known = heads[99];
  int next = 101;
  while (next <= 400) {
    const auto step = directory().take(batch(next, next + 99, known), in_november);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->appended, 0U);
    ASSERT_FALSE(step->ids.empty());
    next += static_cast<int>(step->ids.size());
    known = step->head;
  }
  EXPECT_EQ(fill(401, 402, known).seq, 402U);
  EXPECT_TRUE(verified().sound());
  EXPECT_EQ(verified().lines, 402U);
}

TEST_F(Directory, CutsTheHalfLineOfAKill) {
  const Head head = fill(1, 3);
  const std::string whole = read_text(file(november));
  for (const std::size_t half : {std::size_t{1}, whole.size() / 5, std::size_t{100}}) {
    write_text(file(november), whole + whole.substr(0, half));
    fill(4, 4, head);
    EXPECT_TRUE(verified().sound());
    EXPECT_EQ(verified().lines, 4U);
    write_text(file(november), whole);
  }
  write_text(file("audit-2026-12.jsonl"), whole.substr(0, 20));  // the first line of a month
  fill(4, 4, head);
  EXPECT_FALSE(fs::exists(file("audit-2026-12.jsonl")));
  EXPECT_EQ(verified().lines, 4U);
}

TEST_F(Directory, BeginsASegmentAMonthAndNeverGoesBack) {
  const Head november_head = fill(1, 2);
  const Head head = fill(3, 3, november_head, std::chrono::sys_days(2026y / 12 / 1));
  EXPECT_EQ(verified().segments, 2U);
  fill(4, 4, head, in_november);  // a clock was set back
  EXPECT_TRUE(verified().sound());
  EXPECT_THAT(read_text(file("audit-2026-12.jsonl")), HasSubstr("\"4-0\""));
  const auto known =
      directory().take(batch(2, 4, Head{1, parse_line(chain(1)[0])->hash}), in_november);
  EXPECT_EQ(known.failure().code, "audit_head_unknown");  // not this chain's line 1
}

TEST_F(Directory, PartsAStepAtTheMonthsEnd) {
  Batch over = batch(1, 4, std::nullopt, std::chrono::sys_days(2026y / 12 / 1) - 2500ms);
  const auto drained = directory().take(over, over.at);
  ASSERT_TRUE(drained);
  EXPECT_EQ(verified().segments, 2U);
  EXPECT_TRUE(verified(drained->head).sound());
}

TEST_F(Directory, DrainsNothingWhereRedisKnowsAnotherHead) {
  const Head old = fill(1, 3);
  const std::string copy = read_text(file(november));
  const Head head = fill(4, 9, old);
  write_text(file(november), copy);  // an older copy was put back
  EXPECT_EQ(code_of(batch(10, 10, head)), "audit_head_unknown");
  fs::remove_all(path());  // another host's disk
  EXPECT_EQ(code_of(batch(10, 10, head)), "audit_head_unknown");
  fill(1, 20);  // a fresh one, as long
  const std::string before = read_text(file(november));
  EXPECT_EQ(code_of(batch(10, 10, Head{9, std::string(64, 'b')})), "audit_head_unknown");
  EXPECT_EQ(read_text(file(november)), before);
}

TEST_F(Directory, TakesNothingIntoAFileThatIsDamaged) {
  const Head head = fill(1, 3);
  write_text(file(november), read_text(file(november)) + "something else\n");
  EXPECT_EQ(code_of(batch(4, 4, head)), "audit_damaged");
}

TEST_F(Directory, WaitsForWhoHoldsTheLock) {
  const Head head = fill(1, 1);
  {
    const FileHandle other(::open(file("lock").c_str(), O_RDWR));
    ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
    EXPECT_EQ(code_of(batch(2, 2, head)), "audit_locked");
  }
  EXPECT_EQ(code_of(batch(2, 2, head)), "");
}

TEST_F(Directory, SaysThatItCannotBeWritten) {
  const std::string not_a_directory = path().string() + "-file";
  write_text(not_a_directory, "");
  const AuditDirectory nowhere({not_a_directory, std::chrono::days(1)});
  const auto refused = nowhere.take(batch(1, 1, std::nullopt), in_november);
  EXPECT_EQ(refused.failure().code, "audit_unavailable");
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_THAT(refused.failure().detail, HasSubstr(not_a_directory));
}

TEST_F(Directory, RemovesWholeSegmentsByAgeAndTheChainHolds) {
  const Head october = fill(1, 3, std::nullopt, std::chrono::sys_days(2026y / 10 / 5));
  const Head november_head = fill(4, 5, october, in_november);
  const WallTime later = std::chrono::sys_days(2026y / 12 / 24);
  const auto kept = directory(std::chrono::days(53)).take(batch(6, 6, november_head, later), later);
  EXPECT_EQ(verified().segments, 3U);  // the first step of a month only brings Redis' time with it
  const Head head = kept->head;
  const auto removed = directory(std::chrono::days(53)).take(batch(7, 7, head, later), later);
  ASSERT_TRUE(removed) << removed.failure().detail;
  EXPECT_FALSE(fs::exists(file("audit-2026-10.jsonl")));
  EXPECT_TRUE(fs::exists(file(november)));
  EXPECT_TRUE(verified(removed->head).sound()) << verified(removed->head).flaws[0].what;
  EXPECT_EQ(verified().lines, 5U);  // 4 to 7, and one that says so
  fs::remove(file(november));
  EXPECT_FALSE(verified(removed->head).sound());
}

TEST_F(Directory, FinishesARemovalThatACrashCutShort) {
  const Head october = fill(1, 3, std::nullopt, std::chrono::sys_days(2026y / 10 / 5));
  const std::string old = read_text(file("audit-2026-10.jsonl"));
  const WallTime later = std::chrono::sys_days(2026y / 12 / 24);
  const Head december = fill(4, 4, october, later);
  const auto keep = std::chrono::days(50);
  Batch none{later, december, {}};
  none.lost = 1;
  none.lost_in_all = 1;
  ASSERT_TRUE(directory(keep).take(none, later));
  const std::string lines = read_text(file("audit-2026-12.jsonl"));
  // As a kill between the line and the removal leaves it.
  const auto told = lines.find("{\"seq\":6");
  write_text(file("audit-2026-12.jsonl"), lines.substr(0, told));
  write_text(file("audit-2026-10.jsonl"), old);
  ASSERT_TRUE(directory(keep).take(batch(5, 5, december, later), later));
  EXPECT_FALSE(fs::exists(file("audit-2026-10.jsonl")));
  EXPECT_EQ(verified().lines, 3U);
  EXPECT_TRUE(verified().sound());
}

TEST_F(Directory, LetsNoClockThatRunsAheadTakeAnythingAway) {
  const Head october = fill(1, 3, std::nullopt, std::chrono::sys_days(2026y / 10 / 5));
  const Head head = fill(4, 4, october, in_november);
  const WallTime ahead = std::chrono::sys_days(2046y / 1 / 1);
  ASSERT_TRUE(directory().take(batch(5, 5, head), ahead));  // ours
  EXPECT_TRUE(fs::exists(file("audit-2026-10.jsonl")));
}

}  // namespace
}  // namespace claimferry::audit
