#include "common/claims/adapter/amount.hpp"

#include <gtest/gtest.h>

namespace claimferry::claims {
namespace {

struct Case {
  std::string_view text;
  std::int64_t value;
  bool inexact;
};

TEST(TenThousandths, AreExactOrSayThatTheyAreNot) {
  const Case cases[] = {{"0", 0, false},
                        {"0.10", 1'000, false},
                        {"-0.10", -1'000, false},
                        {"1e2", 1'000'000, false},
                        {"1.5E+1", 150'000, false},
                        {"125e-2", 12'500, false},
                        {"158.3825000000001", 1'583'825, true},
                        {"0.00005", 0, true},   // half, to even
                        {"0.00015", 2, true},   // half, to even
                        {"0.000051", 1, true},  // above half
                        {"0.00010000", 1, false},
                        {"922337203685477.5807", 9'223'372'036'854'775'807, false}};
  for (const Case& one : cases) {
    const auto result = to_ten_thousandths(one.text);
    ASSERT_TRUE(result.has_value()) << one.text;
    EXPECT_EQ(result->value, one.value) << one.text;
    EXPECT_EQ(result->inexact, one.inexact) << one.text;
  }
}

TEST(TenThousandths, RefuseWhatIsNoNumberOrDoesNotFit) {
  for (const std::string_view bad : {"", "-", "abc", "1.2.3", "1e", "1e400", "922337203685477.5808",
                                     "1e99999999999", "12 ", "0x10"}) {
    EXPECT_FALSE(to_ten_thousandths(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace claimferry::claims
