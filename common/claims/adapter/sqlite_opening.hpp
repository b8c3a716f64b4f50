// How a file of ours in SQLite is opened: its journal, what it overwrites, and the one host that
// may write to it. For files with a table meta (key, value).
#pragma once

#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

// How long SQLite waits for another process.
inline constexpr std::chrono::milliseconds sqlite_busy_wait{5'000};

// Write-ahead log, a sync with each commit, deleted rows overwritten.
Result<void> set_up_sqlite(SqliteDatabase& database);
// The value that meta holds, if any.
Result<std::optional<std::string>> sqlite_meta(SqliteDatabase& database, std::string_view key);
// Refuses a file that another host has opened before (sink_other_host): SQLite's locks do not hold
// across hosts. `what` names it to a person: "the database".
Result<void> check_sqlite_host(SqliteDatabase& database, std::string_view what);

}  // namespace claimferry::claims
