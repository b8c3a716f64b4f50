#include "scheduler/ctl/bulk_enrolment.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

std::string line_of(const std::string& member) {
  return R"({"member":")" + member + R"(","patient":"p","refresh_token":"hunter2"})" + "\n";
}

class BulkEnrolmentTest : public testing::Test {
 protected:
  BulkEnrolment enrol(const std::string& text) {
    std::istringstream lines(text);
    const auto refuse = [this](std::size_t number, const std::string& reason) {
      EXPECT_THAT(reason, Not(HasSubstr("hunter2")));
      refused.emplace_back(number, reason);
    };
    const auto add = [this](const EnrolmentLine& line) -> Result<void> {
      if (line.member.str() == "AWAY") {
        return Failure{FailureKind::local, "redis_away", "Redis does not answer"};
      }
      if (line.member.str() == "OTHERS") {
        return Failure{FailureKind::permanent, "member_of_other_payer", "is another payer's"};
      }
      added.push_back(line.member.str());
      return {};
    };
    return enrol_lines(lines, add, refuse);
  }

  std::vector<std::string> added;
  std::vector<std::pair<std::size_t, std::string>> refused;
};

TEST_F(BulkEnrolmentTest, AddsEachLineAndPassesOverEmptyOnes) {
  const BulkEnrolment done = enrol(line_of("M1") + "\n \r\n" + line_of("M2"));
  EXPECT_THAT(added, ElementsAre("M1", "M2"));
  EXPECT_EQ(done.added, 2U);
  EXPECT_EQ(done.refused, 0U);
  EXPECT_FALSE(done.ended_by);
}

TEST_F(BulkEnrolmentTest, GoesOnAfterABadLineAndSaysWhichAndWhy) {
  const BulkEnrolment done =
      enrol(line_of("M1") + "{oops hunter2\n\n" + line_of("M 2") + line_of("OTHERS") +
            std::string(64 * 1024 + 1, 'x') + "\n" + line_of("M3"));
  EXPECT_THAT(added, ElementsAre("M1", "M3"));
  EXPECT_THAT(
      refused,
      ElementsAre(Pair(2, HasSubstr("is no JSON object")), Pair(4, HasSubstr("member must be")),
                  Pair(5, HasSubstr("another payer's")), Pair(6, HasSubstr("longer than 64 KiB"))));
  EXPECT_EQ(done.added, 2U);
  EXPECT_EQ(done.refused, 4U);
  EXPECT_FALSE(done.ended_by);
}

TEST_F(BulkEnrolmentTest, EndsWhereRedisGoesAway) {
  const BulkEnrolment done = enrol(line_of("M1") + "oops\n" + line_of("AWAY") + line_of("M2"));
  EXPECT_THAT(added, ElementsAre("M1"));
  EXPECT_EQ(done.added, 1U);
  EXPECT_EQ(done.refused, 1U);
  EXPECT_EQ(done.line, 3U);
  ASSERT_TRUE(done.ended_by);
  EXPECT_EQ(done.ended_by->detail, "Redis does not answer");
}

TEST_F(BulkEnrolmentTest, AddsNobodyOutOfNothing) {
  EXPECT_EQ(enrol("").added, 0U);
  EXPECT_THAT(added, IsEmpty());
}

}  // namespace
}  // namespace claimferry::ctl
