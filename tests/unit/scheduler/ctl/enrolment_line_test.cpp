#include "scheduler/ctl/enrolment_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/oauth/token_answer.hpp"

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EnrolmentLine, TakesWhatTheHandOutWrites) {
  const auto line = parse_enrolment_line(
      R"({"member":"M_1-a","patient":"p|1","refresh_token":"a.b~c","more":[1]})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->member.str(), "M_1-a");
  EXPECT_EQ(line->patient.reveal(), "p|1");
  EXPECT_EQ(line->refresh_token.reveal(), "a.b~c");
}

TEST(EnrolmentLine, SaysWhichFieldIsWrongAndNeverItsValue) {
  const std::pair<std::string, std::string> table[] = {
      {"{oops hunter2", "is no JSON object"},
      {R"(["hunter2"])", "is no JSON object"},
      {R"({"member":"M1","patient":"p","refresh_token":"hunter2"} more)", "is no JSON object"},
      {R"({"patient":"p","refresh_token":"hunter2"})", "member must be"},
      {R"({"member":7,"patient":"p","refresh_token":"hunter2"})", "member must be"},
      {R"({"member":"hunter2 x","patient":"p","refresh_token":"hunter2"})", "member must be"},
      {R"({"member":"M1","refresh_token":"hunter2"})", "patient must be"},
      {R"({"member":"M1","patient":"hunter2 x","refresh_token":"hunter2"})", "patient must be"},
      {R"({"member":"M1","patient":"hunter2"})", "refresh_token must be"},
      {R"({"member":"M1","patient":"p","refresh_token":"hunter2 hunter2"})",
       "refresh_token must be"},
      {R"({"member":"M1","patient":"p","refresh_token":"hunter2\u0000"})", "refresh_token must be"},
  };
  for (const auto& [text, reason] : table) {
    const auto line = parse_enrolment_line(text);
    ASSERT_FALSE(line) << text;
    EXPECT_EQ(line.failure().code, "bad_line");
    EXPECT_THAT(line.failure().detail, HasSubstr(reason)) << text;
    EXPECT_THAT(line.failure().detail, Not(HasSubstr("hunter2")));
  }
}

TEST(EnrolmentLine, SaysAllThatIsWrongAtOnce) {
  const auto line = make_enrolment("M 1", "", "", "the first line of token.txt");
  ASSERT_FALSE(line);
  EXPECT_THAT(line.failure().detail,
              testing::AllOf(HasSubstr("member must be"), HasSubstr("; patient must be"),
                             HasSubstr("; the first line of token.txt must be")));
}

TEST(EnrolmentLine, TakesEachFieldAtItsLimitAndNotBeyond) {
  const std::string member(64, 'm');
  const std::string patient(256, 'p');
  const std::string token(oauth::token_bytes_max, 't');
  EXPECT_TRUE(make_enrolment(member, patient, token));
  EXPECT_FALSE(make_enrolment(member + "m", patient, token));
  EXPECT_FALSE(make_enrolment(member, patient + "p", token));
  EXPECT_FALSE(make_enrolment(member, patient, token + "t"));
}

}  // namespace
}  // namespace claimferry::ctl
