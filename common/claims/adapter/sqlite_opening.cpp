#include "common/claims/adapter/sqlite_opening.hpp"

#include <fstream>

#include <sqlite3.h>

#include "common/base/digest.hpp"
#include "common/base/try.hpp"

namespace claimferry::claims {
namespace {

constexpr int wal_pause_ms = 10;

// Says which host this is without telling its name.
std::string host_id() {
  std::ifstream file("/etc/machine-id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "" : to_hex(sha256("claimferry " + id)).substr(0, 32);
}

// The change into WAL wants the file to itself for a moment, and SQLite does not wait for that as
// it does for a lock: of workers that start together on a fresh file, one is told "busy" at once.
Result<void> enter_wal(SqliteDatabase& database) {
  const auto until = std::chrono::steady_clock::now() + sqlite_busy_wait;
  while (true) {
    auto entered = database.execute("PRAGMA journal_mode = WAL");
    const bool busy = !entered && entered.failure().code == "sink_busy";
    if (!busy || std::chrono::steady_clock::now() >= until) {
      return entered;
    }
    sqlite3_sleep(wal_pause_ms);
  }
}

}  // namespace

Result<void> set_up_sqlite(SqliteDatabase& database) {
  CLAIMFERRY_TRY(enter_wal(database));
  // FULL: a page counts as durable only after a sync, so that power loss costs nothing committed.
  CLAIMFERRY_TRY(database.execute("PRAGMA synchronous = FULL"));
  // What is deleted or replaced is overwritten in the file; nothing spills into a temporary one.
  return database.execute("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
}

Result<std::optional<std::string>> sqlite_meta(SqliteDatabase& database, std::string_view key) {
  SqliteStatement ask(database, "SELECT value FROM meta WHERE key = ?");
  auto row = ask.text(key).step();
  CLAIMFERRY_TRY(row);
  return *row ? std::optional(ask.text_at(0)) : std::nullopt;
}

Result<void> check_sqlite_host(SqliteDatabase& database, std::string_view what) {
  const std::string host = host_id();
  const auto known = sqlite_meta(database, "host");
  if (!known) {
    return known.failure();
  }
  if (*known && !host.empty() && **known != host) {
    return Failure{FailureKind::permanent, "sink_other_host",
                   std::string(what) +
                       " was written on another host; SQLite serves one host: use a local file, "
                       "or move it and DELETE FROM meta WHERE key = 'host'"};
  }
  if (*known || host.empty()) {
    return {};
  }
  SqliteStatement put(database, "INSERT OR IGNORE INTO meta VALUES ('host', ?)");
  return put.text(host).run();
}

}  // namespace claimferry::claims
