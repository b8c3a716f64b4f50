#include "common/config/value.hpp"

#include <gtest/gtest.h>

namespace claimferry::config {
namespace {

using namespace std::chrono_literals;

Value text(std::string_view value) {
  return std::string(value);
}

TEST(Value, ReadsDurationsWithTheirUnit) {
  EXPECT_EQ(to_duration(text("500ms")), Duration(500ms));
  EXPECT_EQ(to_duration(text("30s")), Duration(30s));
  EXPECT_EQ(to_duration(text("15m")), Duration(15min));
  EXPECT_EQ(to_duration(text("30d")), Duration(std::chrono::days(30)));
  for (const auto* bad : {"", "s", "30", "1.5s", "-1s", "30 s", "30S", "99999999999999999d"}) {
    EXPECT_EQ(to_duration(text(bad)), std::nullopt) << bad;
  }
  EXPECT_EQ(to_duration(Value(std::int64_t{30})), std::nullopt);
}

TEST(Value, ReadsSizes) {
  EXPECT_EQ(to_bytes(text("256MiB")), 256U << 20U);
  EXPECT_EQ(to_bytes(Value(std::int64_t{4096})), 4096U);
  EXPECT_EQ(to_bytes(text("4096")), 4096U);
  EXPECT_EQ(to_bytes(text("1MB")), std::nullopt);
  EXPECT_EQ(to_bytes(Value(std::int64_t{-1})), std::nullopt);
}

TEST(Value, ReadsTextFormsOfEverythingElse) {
  EXPECT_EQ(to_bool(text("true")), true);
  EXPECT_EQ(to_bool(text("yes")), std::nullopt);
  EXPECT_EQ(to_integer(text("12")), 12);
  EXPECT_EQ(to_integer(text("12x")), std::nullopt);
  EXPECT_EQ(to_number(text("0.25")), 0.25);
  EXPECT_EQ(to_number(text("nan")), std::nullopt);
  EXPECT_EQ(to_list(text("a,b")), (TextList{"a", "b"}));
  EXPECT_EQ(to_list(text("")), TextList{});
  EXPECT_EQ(to_pairs(text("/a/=/b/,/c/=/d/")), (TextPairs{{"/a/", "/b/"}, {"/c/", "/d/"}}));
  EXPECT_EQ(to_pairs(text("/a/")), std::nullopt);
}

TEST(Value, ShowsWhatItReads) {
  EXPECT_EQ(show(90min), "90m");
  EXPECT_EQ(show(Duration(0)), "0ms");
  EXPECT_EQ(show_bytes(256U << 20U), "256MiB");
  EXPECT_EQ(show_bytes(1000), "1000B");
}

}  // namespace
}  // namespace claimferry::config
