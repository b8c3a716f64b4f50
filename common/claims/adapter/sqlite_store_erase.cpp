// What an erasure takes. SQLite overwrites what it deletes, but not what a page kept when its rows
// moved to another: clear_traces() takes that.
#include "common/base/try.hpp"
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_tables.hpp"

namespace claimferry::claims {

Result<void> SqliteStore::erase(const SyncKey& key, WallTime at) {
  CLAIMFERRY_TRY(take_fence(key));
  CLAIMFERRY_TRY(run_for("DELETE FROM resource_version WHERE payer = ? AND member = ?", key));
  CLAIMFERRY_TRY(run_for("DELETE FROM quarantine WHERE payer = ? AND member = ?", key));
  for (const std::string& sql : sqlite_erasures()) {
    CLAIMFERRY_TRY(run_for(sql, key));
  }
  return bury(key, at);
}

}  // namespace claimferry::claims
