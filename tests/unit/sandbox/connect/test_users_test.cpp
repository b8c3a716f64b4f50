#include "tests/sandbox/model/connect/test_users.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

TEST(TestUsers, AreNumberedAsMembersWere) {
  EXPECT_EQ(user_of(0), "VTETestUser01");
  EXPECT_EQ(user_of(99), "VTETestUser100");
  for (const std::size_t member : {0U, 1U, 9U, 99U, 119U}) {
    EXPECT_EQ(member_of_user(user_of(member), test_password, 120), member);
  }
}

TEST(TestUsers, NobodyElseHasANameOrAPassword) {
  const std::pair<const char*, const char*> wrong[] = {
      {"VTETestUser01", "fhirdemo2020"}, {"VTETestUser01", ""},
      {"VTETestUser1", "FHIRdemo2020"},  {"VTETestUser001", "FHIRdemo2020"},
      {"VTETestUser00", "FHIRdemo2020"}, {"VTETestUser03", "FHIRdemo2020"},
      {"VTETestUser-1", "FHIRdemo2020"}, {"VTETestUser01x", "FHIRdemo2020"},
      {"VTETestUser", "FHIRdemo2020"},   {"VTETestUser99999999999999999999999", "FHIRdemo2020"},
      {"vtetestuser01", "FHIRdemo2020"}, {"", "FHIRdemo2020"},
  };
  for (const auto& [username, password] : wrong) {
    EXPECT_EQ(member_of_user(username, password, 2), std::nullopt) << username << password;
  }
}

}  // namespace
}  // namespace claimferry::sandbox
