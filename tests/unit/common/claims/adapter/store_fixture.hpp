// A folder of the test's own with a database, and pages to commit to it.
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

class StoreFixture : public testing::Test {
 protected:
  StoreFixture();
  ~StoreFixture() override;

  std::filesystem::path path() const { return directory_ / "claims.db"; }
  // A connection beside the sink's: sees what is committed, and nothing else.
  SqliteDatabase beside() const;
  std::int64_t count(const std::string& table_and_condition) const;

  static SyncKey key(const std::string& member, std::uint64_t fence = 1);
  // One claim of so many bytes, with the cursor behind it.
  static PageCommit page(const std::string& member, std::size_t bytes);

 private:
  std::filesystem::path directory_;
};

}  // namespace claimferry::claims
