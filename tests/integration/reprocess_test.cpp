// `claimferry reprocess` beside a worker at work: the same rows of the same bytes. `claimferry
// export`.
#include <filesystem>

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

TEST(Export, WritesWhatTheSinkHoldsForItsOwnerAlone) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(3, 10);
  ASSERT_TRUE(fleet.wait_until_synced(3, 60s)) << fleet.logs();
  const std::string out = (fleet.directory() / "out").string();
  const auto fhir = fleet.cli({"export", "fhir", "--out", out, "-o", "json"});
  EXPECT_EQ(fhir.status, 0) << fhir.text;
  EXPECT_THAT(fhir.text, HasSubstr("\"ExplanationOfBenefit\":30"));
  EXPECT_THAT(fhir.text, HasSubstr("\"Patient\":3"));
  const auto csv = fleet.cli({"export", "csv", "--out", out});
  EXPECT_EQ(csv.status, 0) << csv.text;
  EXPECT_THAT(csv.text, HasSubstr(out + "/medical_claim.csv: "));
  for (const char* name : {"ExplanationOfBenefit.ndjson", "Coverage.ndjson", "Patient.ndjson",
                           "medical_claim.csv", "pharmacy_claim.csv", "eligibility.csv"}) {
    const auto path = fleet.directory() / "out" / name;
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600)) << name;
  }
  const auto again = fleet.cli({"export", "csv", "--out", out});
  EXPECT_EQ(again.status, 4) << again.text;
  EXPECT_EQ(fleet.cli({"export", "csv", "--out", out, "--force"}).status, 0);
  EXPECT_EQ(fleet.cli({"export", "csv", "--out", out, "--view", "sqlite_schema"}).status, 2);
}

}  // namespace
}  // namespace claimferry::integration
