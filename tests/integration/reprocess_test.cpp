// `claimferry reprocess` beside a worker at work: the same rows of the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

std::string rows(Fleet& fleet) {
  return fleet.query("SELECT * FROM claim ORDER BY 1, 2, 3, 4") +
         fleet.query("SELECT * FROM claim_line ORDER BY 1, 2, 3, 4, 5") +
         fleet.query("SELECT * FROM extension_kv ORDER BY 1, 2, 3, 4, 5, 6");
}

TEST(Reprocess, MakesRowsAnewBesideAWorkerAtWork) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(5, 20);
  ASSERT_TRUE(fleet.wait_until_synced(5, 60s)) << fleet.logs();
  const std::string before = rows(fleet);
  ASSERT_THAT(before, HasSubstr("/item/0"));
  fleet.query("DELETE FROM claim_line; DELETE FROM claim; UPDATE extension_kv SET value = 'x'");
  EXPECT_FALSE(rows(fleet) == before);
  EXPECT_EQ(fleet.cli({"reprocess"}).text, "rows of 0 versions made anew\n");
  const auto all = fleet.cli({"reprocess", "--all", "-o", "json"});
  EXPECT_EQ(all.status, 0) << all.text;
  const std::string versions = fleet.query("SELECT count(*) FROM resource_version");
  EXPECT_EQ(all.text,
            "{\"renewed\":" + versions.substr(0, versions.size() - 1) + ",\"unreadable\":0}\n");
  EXPECT_TRUE(rows(fleet) == before);
}

}  // namespace
}  // namespace claimferry::integration
