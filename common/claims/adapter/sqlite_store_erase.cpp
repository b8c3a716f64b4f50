// What an erasure takes, and what it leaves.
#include "common/base/limits.hpp"
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_tables.hpp"
#include "common/claims/adapter/sqlite_values.hpp"

namespace claimferry::claims {

Result<void> SqliteStore::erase(const SyncKey& key, WallTime at) {
  if (auto fence = take_fence(key); !fence) {
    return fence;
  }
  for (const std::string_view sql : {"DELETE FROM resource_version WHERE payer = ? AND member = ?",
                                     "DELETE FROM quarantine WHERE payer = ? AND member = ?",
                                     "DELETE FROM seen WHERE payer = ? AND member = ?",
                                     "DELETE FROM cursor WHERE payer = ? AND member = ?"}) {
    auto erased = prepared(sql).text(key.payer.str()).text(key.job.member.str()).run();
    if (!erased) {
      return erased;
    }
  }
  for (const std::string& sql : sqlite_erasures()) {
    auto erased = prepared(sql).text(key.payer.str()).text(key.job.member.str()).run();
    if (!erased) {
      return erased;
    }
  }
  traces_left_ = true;
  auto& bury = prepared("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?)");
  const std::string erased_at = format_exact_time(at);
  bury.text(key.payer.str()).text(key.job.member.str());
  return bury.integer(column_integer(key.job.fence)).text(erased_at).run();
}

// SQLite overwrites what it deletes, but not what a page kept when its rows moved to another: a
// few copies of keys, now and then. Only a VACUUM takes these, and a large file's is left to a
// quiet hour of its owner's.
Result<void> SqliteStore::clear_traces() {
  auto bytes = file_bytes();
  if (!bytes) {
    return std::move(bytes.failure());
  }
  if (traces_left_ && *bytes <= std::int64_t{limits::vacuum_bytes_max}) {
    if (auto written = database_.execute("VACUUM"); !written) {
      return written;
    }
  }
  traces_left_ = false;
  return empty_log();
}

Result<std::int64_t> SqliteStore::file_bytes() {
  auto& ask = prepared("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  auto row = ask.step();
  if (!row) {
    return std::move(row.failure());
  }
  const std::int64_t bytes = *row ? ask.integer_at(0) : 0;
  ask.reset();
  return bytes;
}

Result<void> SqliteStore::empty_log() {
  auto& checkpoint = prepared("PRAGMA wal_checkpoint(TRUNCATE)");
  auto row = checkpoint.step();
  if (!row) {
    return std::move(row.failure());
  }
  const bool blocked = *row && checkpoint.integer_at(0) != 0;
  checkpoint.reset();
  if (blocked) {
    return Failure{FailureKind::local, "sink_busy",
                   database_.path() + ": a reader holds the write-ahead log; end long queries"};
  }
  return {};
}

}  // namespace claimferry::claims
