#include "scheduler/ctl/audit_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using testing::StartsWith;

TEST(AuditFilter, IsWhatTheWordsSay) {
  EXPECT_TRUE(audit_filter({}));
  const auto filter = audit_filter({"M1", "k1", "w1", "job_ended", "2026-11-24", "2026-11-24"});
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->member, "M1");
  EXPECT_EQ(*filter->until - *filter->since, std::chrono::hours(24));
}

TEST(AuditFilter, RefusesWhatNoLineCanHold) {
  const std::pair<AuditWords, const char*> cases[] = {
      {{"M 1", "", "", "", "", ""}, "--member takes"},
      {{"", "a/b", "", "", "", ""}, "--key takes"},
      {{"", std::string(33, 'k'), "", "", "", ""}, "--key takes"},
      {{"", "", "w:1", "", "", ""}, "--worker takes"},
      {{"", "", "", "Job ended", "", ""}, "--event takes"},
      {{"", "", "", "", "2026-02-30", ""}, "--since takes"},
      {{"", "", "", "", "", "tomorrow"}, "--until takes"},
      {{"", "", "", "", "2026-11-24", "2026-11-23"}, "--until takes"},
  };
  for (const auto& [words, begin] : cases) {
    const auto filter = audit_filter(words);
    ASSERT_FALSE(filter) << begin;
    EXPECT_THAT(filter.failure().detail, StartsWith(begin));
  }
}

}  // namespace
}  // namespace claimferry::ctl
