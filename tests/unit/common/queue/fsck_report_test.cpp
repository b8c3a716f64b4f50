#include "common/queue/fsck_report.hpp"

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

Finding finding(const std::string& row, bool mended, const std::string& about = "job j1") {
  return {row, about, "is so", "made otherwise", mended, true};
}

TEST(FsckReport, CountsByRow) {
  FsckReport report;
  report.begin_walk();
  EXPECT_TRUE(report.clean());
  report.add(finding("I1", false));
  report.add(finding("I1", true));
  report.add(finding("keys", true));
  EXPECT_EQ(report.count("I1").found, 2U);
  EXPECT_EQ(report.count("I1").repaired, 1U);
  EXPECT_EQ(report.count("I2").found, 0U);
  EXPECT_EQ(report.found(), 3U);
  EXPECT_EQ(report.left(), 1U);
  EXPECT_EQ(report.mended_in_walk(), 2U);
  EXPECT_FALSE(report.clean());
}

TEST(FsckReport, AWalkFindsAnewWhatTheLastOneLeft) {
  FsckReport report;
  report.begin_walk();
  report.add(finding("I1", false));
  report.add(finding("I2", true));
  report.add_hidden(1);
  report.add_aside("aside:x");
  report.begin_walk();
  EXPECT_EQ(report.left(), 0U);
  EXPECT_EQ(report.found(), 1U);
  EXPECT_EQ(report.mended_in_walk(), 0U);
  EXPECT_EQ(report.hidden(), 0U);
  EXPECT_TRUE(report.aside().empty());
  EXPECT_TRUE(report.clean());
}

TEST(FsckReport, WhatWasHiddenIsNotKnownToBeSound) {
  FsckReport report;
  report.begin_walk();
  report.add_hidden(2);
  EXPECT_FALSE(report.clean());
}

TEST(FsckReport, KeepsAFewExamplesThoseThatAreLeftFirst) {
  FsckReport report;
  report.begin_walk();
  for (int number = 0; number < 1'000; ++number) {
    report.add(finding("I1", true, "mended"));
    report.add_aside("aside:x");
  }
  report.add(finding("I2", false, "left"));
  const auto examples = report.examples();
  ASSERT_EQ(examples.size(), FsckReport::examples_max);
  EXPECT_EQ(examples.front().about, "left");
  EXPECT_EQ(examples.back().about, "mended");
  EXPECT_EQ(report.found(), 1'001U);
  EXPECT_EQ(report.aside().size(), FsckReport::examples_max);
}

}  // namespace
}  // namespace claimferry::queue
