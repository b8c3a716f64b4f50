#include "common/quota/announcement.hpp"

#include <string>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

TEST(Announcement, SaysHowLongAPayerAskedForQuiet) {
  const auto announced = parse_announcement("aetna quiet 7 1500");
  ASSERT_TRUE(announced.has_value());
  EXPECT_EQ(announced->payer.str(), "aetna");
  const auto& quiet = std::get<QuietAnnounced>(announced->what);
  EXPECT_EQ(quiet.epoch, 7U);
  EXPECT_EQ(quiet.how_long, Duration(1'500));
}

TEST(Announcement, SaysWhatTheBreakerBars) {
  const auto announced = parse_announcement("aetna breaker 3 2 5000");
  ASSERT_TRUE(announced.has_value());
  const auto& breaker = std::get<Breaker>(announced->what);
  EXPECT_EQ(breaker.change, 3U);
  EXPECT_EQ(breaker.barred, Barred::token);
  EXPECT_EQ(breaker.next_probe_in, Duration(5'000));
}

// Another release's words, or anybody's who may publish.
TEST(Announcement, IsNothingWhereItIsIllFormed) {
  const std::string longest = std::to_string(Duration(limits::retry_after_max).count());
  EXPECT_TRUE(parse_announcement("aetna quiet 7 " + longest).has_value());
  for (const std::string text :
       {"", " ", "aetna", "aetna quiet", "aetna quiet 7", "aetna quiet 7 1500 more",
        "aetna quiet 7 -1", "aetna quiet 7 1e3", "aetna quiet x 1500", "aetna  quiet 7 1500",
        "a:b quiet 7 1500", "aetna loud 7 1500", "aetna breaker 3 2", "aetna breaker 3 6 5000",
        "aetna breaker 3 x 5000", "aetna breaker 3 2 5000 1", "aetna quiet 7 99999999999999999999",
        "aetna quiet 99999999999999999999999 1"}) {
    EXPECT_FALSE(parse_announcement(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_announcement("aetna quiet 7 " + longest + "0").has_value());
  EXPECT_FALSE(parse_announcement("aetna quiet 18446744073709551615 0").has_value());
  EXPECT_FALSE(parse_announcement(std::string("aetna quiet 7 15\0"
                                              "00",
                                              21))
                   .has_value());
}

}  // namespace
}  // namespace claimferry::quota
