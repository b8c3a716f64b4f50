#include "common/audit/adapter/verify_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/audit/adapter/directory_fixture.hpp"

namespace claimferry::audit {
namespace {

using testing::HasSubstr;

// Three segments of three lines.
class VerifyFiles : public testing::Test, public DirectoryFixture {
 protected:
  void SetUp() override {
    head_ = fill(1, 3, std::nullopt, std::chrono::sys_days(2026y / 9 / 5));
    head_ = fill(4, 6, head_, std::chrono::sys_days(2026y / 10 / 5));
    head_ = fill(7, 9, head_, in_november);
  }
  std::string first_flaw() {
    const auto report = verified(head_);
    if (report.sound()) {
      return "";
    }
    return report.flaws[0].file + ":" + std::to_string(report.flaws[0].line) + " " +
           report.flaws[0].what;
  }
  Head head_;
};

TEST_F(VerifyFiles, FindsNothingInWhatWasWritten) {
  const auto report = verified(head_);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.segments, 3U);
  EXPECT_EQ(report.lines, 9U);
  EXPECT_EQ(report.head, head_);
}

TEST_F(VerifyFiles, FindsEachByteThatIsChanged) {
  const std::string whole = read_text(file("audit-2026-10.jsonl"));
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 2);
    write_text(file("audit-2026-10.jsonl"), changed);
    EXPECT_THAT(first_flaw(), HasSubstr("audit-2026-10.jsonl:")) << at;
  }
}

TEST_F(VerifyFiles, FindsARemovedSegment) {
  fs::rename(file("audit-2026-10.jsonl"), path() / "hidden");
  EXPECT_THAT(first_flaw(),
              HasSubstr("audit-2026-11.jsonl:1 lines 4 to 6 of the chain are missing"));
  fs::rename(path() / "hidden", file("audit-2026-10.jsonl"));
  fs::remove(file("audit-2026-09.jsonl"));
  EXPECT_THAT(first_flaw(), HasSubstr("audit-2026-10.jsonl:1 is the first, and lines 1 to 3"));
}

TEST_F(VerifyFiles, FindsACutEndAndARolledBackDirectory) {
  const std::string whole = read_text(file("audit-2026-11.jsonl"));
  write_text(file("audit-2026-11.jsonl"), whole.substr(0, whole.size() - 1));  // its line break
  EXPECT_THAT(first_flaw(), HasSubstr("Redis remembers line 9"));
  fs::remove(file("audit-2026-11.jsonl"));
  EXPECT_THAT(first_flaw(), HasSubstr("audit-2026-10.jsonl:3 is the end of the files"));
  fs::remove_all(path());
  EXPECT_THAT(first_flaw(), HasSubstr("Redis remembers line 9"));
}

TEST_F(VerifyFiles, TakesAHalfLineForOneOnlyAtTheVeryEnd) {
  write_text(file("audit-2026-11.jsonl"), read_text(file("audit-2026-11.jsonl")) + "{\"seq");
  EXPECT_EQ(first_flaw(), "");
  write_text(file("audit-2026-10.jsonl"), read_text(file("audit-2026-10.jsonl")) + "{\"seq");
  EXPECT_THAT(first_flaw(), HasSubstr("audit-2026-10.jsonl:4 is no line of the audit"));
}

}  // namespace
}  // namespace claimferry::audit
