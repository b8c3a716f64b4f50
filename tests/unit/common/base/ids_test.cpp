#include "common/base/ids.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(Ids, AcceptWhatTheirGrammarAllows) {
  EXPECT_EQ(MemberId::parse("M-1_aZ9")->str(), "M-1_aZ9");
  EXPECT_TRUE(MemberId::parse(std::string(64, 'x')).has_value());
}

TEST(Ids, RefuseEverythingElse) {
  EXPECT_FALSE(MemberId::parse("").has_value());
  EXPECT_FALSE(MemberId::parse(std::string(65, 'x')).has_value());
  for (const std::string_view bad : {"a b", "a:b", "a{0}", "é", "a\n", "../x"}) {
    EXPECT_FALSE(MemberId::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(PayerName::parse(std::string(33, 'x')).has_value());
}

}  // namespace
}  // namespace claimferry
