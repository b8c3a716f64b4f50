#include "common/telemetry/snapshot_histogram.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(SnapshotHistogram, ShowsTheLastSnapshotAndNoOlderOne) {
  SnapshotHistogram histogram(metric::member_freshness, "help");
  histogram.set({{3'600, 5}, {86'400, 7}, {infinity, 9}});
  histogram.set({{3'600, 1}, {86'400, 2}, {infinity, 3}});
  const auto families = histogram.Collect();
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].name, metric::member_freshness);
  EXPECT_EQ(families[0].type, prometheus::MetricType::Histogram);
  ASSERT_EQ(families[0].metric.size(), 1U);
  const auto& snapshot = families[0].metric[0].histogram;
  ASSERT_EQ(snapshot.bucket.size(), 3U);
  EXPECT_EQ(snapshot.bucket[0].upper_bound, 3'600);
  EXPECT_EQ(snapshot.bucket[0].cumulative_count, 1U);
  EXPECT_EQ(snapshot.bucket[2].upper_bound, infinity);
  EXPECT_EQ(snapshot.sample_count, 3U);
  EXPECT_TRUE(std::isnan(snapshot.sample_sum));
}

TEST(SnapshotHistogram, StandsEmptyBeforeTheFirst) {
  const SnapshotHistogram histogram(metric::member_freshness, "help");
  const auto families = histogram.Collect();
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].metric[0].histogram.sample_count, 0U);
  EXPECT_EQ(families[0].metric[0].histogram.bucket.at(0).upper_bound, infinity)
      << "a quantile of it has a series to look at";
}

TEST(SnapshotHistogram, IsWrittenAsPrometheusReadsIt) {
  SnapshotHistogram histogram(metric::member_freshness, "help");
  histogram.set({{3'600, 4}, {infinity, 6}});
  const std::string text = prometheus::TextSerializer().Serialize(histogram.Collect());
  for (const auto* line : {"claimferry_member_freshness_seconds_bucket{le=\"3600\"} 4",
                           "claimferry_member_freshness_seconds_bucket{le=\"+Inf\"} 6",
                           "claimferry_member_freshness_seconds_count 6"}) {
    EXPECT_NE(text.find(line), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace claimferry::telemetry
