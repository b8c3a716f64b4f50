#include "common/config/suggest.hpp"

#include <gtest/gtest.h>

namespace claimferry::config {
namespace {

TEST(Suggest, FindsTheNearestNameOrNone) {
  const std::vector<std::string> known{"worker.slots", "worker.shards", "queue.lease"};
  EXPECT_EQ(nearest("worker.slotz", known), "worker.slots");
  EXPECT_EQ(nearest("worker.shard", known), "worker.shards");
  EXPECT_EQ(nearest("que.lease", known), "queue.lease");
  EXPECT_EQ(nearest("something.else", known), "");
}

}  // namespace
}  // namespace claimferry::config
