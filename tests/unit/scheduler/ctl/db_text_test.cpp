#include "scheduler/ctl/db_text.hpp"

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

const std::vector<claims::PostgresMigration> two{
    {1, 1, "tables", {"CREATE TABLE a (b text)", "GRANT SELECT ON a TO c"}},
    {2, 1, "an index", {"CREATE INDEX d ON a (b)"}}};

TEST(DbText, ADryRunPrintsSqlAlone) {
  EXPECT_EQ(migrations_text(two, true),
            "-- would apply 1: tables\nCREATE TABLE a (b text);\nGRANT SELECT ON a TO c;\n"
            "-- would apply 2: an index\nCREATE INDEX d ON a (b);\n");
}

TEST(DbText, WhatWasAppliedIsALineEach) {
  EXPECT_EQ(migrations_text(two, false), "applied 1: tables\napplied 2: an index\n");
}

TEST(DbText, NothingLeftToDoIsSaid) {
  EXPECT_TRUE(migrations_text({}, false).starts_with("the schema is this release's: version "));
  EXPECT_TRUE(migrations_text({}, true).starts_with("-- "));
}

TEST(DbText, AsJsonADryRunHoldsTheStatements) {
  const std::string dry = migrations_json(two, true);
  EXPECT_NE(dry.find("\"statements\":[\"CREATE INDEX d ON a (b)\"]"), std::string::npos) << dry;
  EXPECT_EQ(migrations_json(two, false).find("statements"), std::string::npos);
}

}  // namespace
}  // namespace claimferry::ctl
