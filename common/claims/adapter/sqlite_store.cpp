#include "common/claims/adapter/sqlite_store.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>

#include <sqlite3.h>

#include "common/claims/adapter/sqlite_tables.hpp"
#include "common/claims/adapter/sqlite_values.hpp"
#include "common/claims/parse.hpp"
#include "common/claims/sqlite_embedded.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view schema_version = "3";
// What version 2 knows of a quarantined entry or page beyond version 1.
constexpr std::string_view upgrade_from_1 =
    "ALTER TABLE quarantine ADD COLUMN resource_type TEXT;"
    "ALTER TABLE quarantine ADD COLUMN resource_id TEXT;";
// Version 3 has other tables of claims: their rows are made anew from the raw bytes, as each
// resource is seen again or by `claimferry reprocess`.
constexpr std::string_view upgrade_from_2 =
    "DROP VIEW claim_current; DROP VIEW claim_line_current; DROP VIEW coverage_current;"
    "DROP TABLE claim; DROP TABLE claim_line; DROP TABLE coverage;"
    "ALTER TABLE resource_version ADD COLUMN parser_version INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX resource_by_parser ON resource_version (parser_version);"
    "UPDATE meta SET value = '3' WHERE key = 'schema';";
constexpr std::chrono::milliseconds busy_wait{5'000};
constexpr int wal_pause_ms = 10;

// Returned by every step below that failed: one line instead of four.
#define CLAIMFERRY_TRY(expression)           \
  if (auto&& tried = (expression); !tried) { \
    return std::move(tried.failure());       \
  }

// Says which host this is without telling its name.
std::string host_id() {
  std::ifstream file("/etc/machine-id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "" : to_hex(sha256("claimferry " + id)).substr(0, 32);
}

Result<void> check_host(SqliteDatabase& database) {
  const std::string host = host_id();
  SqliteStatement ask(database, "SELECT value FROM meta WHERE key = 'host'");
  auto known = ask.step();
  CLAIMFERRY_TRY(known);
  if (*known && !host.empty() && ask.text_at(0) != host) {
    return Failure{FailureKind::permanent, "sink_other_host",
                   "the database was written on another host; SQLite serves one host: use a local "
                   "file, or move it and DELETE FROM meta WHERE key = 'host'"};
  }
  if (*known || host.empty()) {
    return {};
  }
  SqliteStatement put(database, "INSERT OR IGNORE INTO meta VALUES ('host', ?)");
  return put.text(host).run();
}

Result<void> check_schema(SqliteDatabase& database) {
  SqliteStatement count(database, "SELECT count(*) FROM sqlite_schema");
  auto counted = count.step();
  CLAIMFERRY_TRY(counted);
  const bool fresh = count.integer_at(0) == 0;
  count.reset();
  if (fresh) {
    CLAIMFERRY_TRY(database.execute(sql::sqlite_schema_sql));
    CLAIMFERRY_TRY(database.execute(sqlite_create_tables()));
    SqliteStatement put(database, "INSERT INTO meta VALUES ('schema', ?)");
    return put.text(schema_version).run();
  }
  SqliteStatement ask(database, "SELECT value FROM meta WHERE key = 'schema'");
  auto row = ask.step();
  CLAIMFERRY_TRY(row);
  const std::string version = *row ? ask.text_at(0) : "none";
  ask.reset();
  if (version == "1" || version == "2") {
    if (version == "1") {
      CLAIMFERRY_TRY(database.execute(upgrade_from_1));
    }
    CLAIMFERRY_TRY(database.execute(upgrade_from_2));
    return database.execute(sqlite_create_tables());
  }
  if (version != schema_version) {
    return Failure{FailureKind::permanent, "sink_schema",
                   database.path() + " is of schema version " + version + ", this release's is " +
                       std::string(schema_version) +
                       "; run the release that wrote it, or name another file in sink.path"};
  }
  return {};
}

// The change into WAL wants the file to itself for a moment, and SQLite does not wait for that as
// it does for a lock: of workers that start together on a fresh file, one is told "busy" at once.
Result<void> enter_wal(SqliteDatabase& database) {
  const auto until = std::chrono::steady_clock::now() + busy_wait;
  while (true) {
    auto entered = database.execute("PRAGMA journal_mode = WAL");
    const bool busy = !entered && entered.failure().code == "sink_busy";
    if (!busy || std::chrono::steady_clock::now() >= until) {
      return entered;
    }
    sqlite3_sleep(wal_pause_ms);
  }
}

Result<void> prepare_file(SqliteDatabase& database) {
  CLAIMFERRY_TRY(enter_wal(database));
  // FULL: a page counts as durable only after a sync, so that power loss costs nothing committed.
  CLAIMFERRY_TRY(database.execute("PRAGMA synchronous = FULL"));
  // What is deleted or replaced is overwritten in the file; nothing spills into a temporary one.
  CLAIMFERRY_TRY(database.execute("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY"));
  CLAIMFERRY_TRY(database.execute("BEGIN IMMEDIATE"));
  auto fit = check_schema(database);
  if (fit) {
    fit = check_host(database);
  }
  if (!fit) {
    static_cast<void>(database.execute("ROLLBACK"));
    return fit;
  }
  return database.execute("COMMIT");
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& path) {
  auto database = SqliteDatabase::open(path, busy_wait);
  CLAIMFERRY_TRY(database);
  CLAIMFERRY_TRY(prepare_file(*database));
  database->trust();
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(*database)));
}

SqliteStatement& SqliteStore::prepared(std::string_view sql) {
  auto [place, is_new] = statements_.try_emplace(sql, database_, sql);
  if (!is_new && !place->second.prepared()) {
    // Refused before; what stood in its way may have passed.
    statements_.erase(place);
    place = statements_.try_emplace(sql, database_, sql).first;
  }
  return place->second;
}

void SqliteStore::roll_back() {
  static_cast<void>(database_.execute("ROLLBACK"));
}

Result<std::optional<queue::Cursor>> SqliteStore::resume(const SyncKey& key) {
  auto& ask = prepared("SELECT cursor FROM cursor WHERE payer = ? AND member = ? AND job = ?");
  ask.text(key.payer.str()).text(key.job.member.str()).text(key.job.job.str());
  auto row = ask.step();
  CLAIMFERRY_TRY(row);
  std::optional<queue::Cursor> cursor;
  if (*row) {
    cursor = queue::Cursor::parse(ask.text_at(0));
    ask.reset();
  }
  return cursor;
}

Result<void> SqliteStore::refuse_erased(const SyncKey& key) {
  auto& ask = prepared("SELECT fence FROM tombstone WHERE payer = ? AND member = ? AND fence >= ?");
  ask.text(key.payer.str()).text(key.job.member.str()).integer(column_integer(key.job.fence));
  auto row = ask.step();
  CLAIMFERRY_TRY(row);
  if (*row) {
    const std::string fence = std::to_string(ask.integer_at(0));
    ask.reset();
    return Failure{FailureKind::lease_lost, "sink_erased", fence + " is the erased member's fence"};
  }
  return {};
}

Result<void> SqliteStore::take_fence(const SyncKey& key) {
  CLAIMFERRY_TRY(refuse_erased(key));
  auto& ask = prepared("SELECT fence FROM member_fence WHERE payer = ? AND member = ?");
  ask.text(key.payer.str()).text(key.job.member.str());
  auto row = ask.step();
  CLAIMFERRY_TRY(row);
  const std::int64_t held = *row ? ask.integer_at(0) : -1;
  ask.reset();
  if (held > column_integer(key.job.fence)) {
    return Failure{FailureKind::lease_lost, "sink_fenced",
                   std::to_string(held) + " is the fence that the sink holds"};
  }
  if (held == column_integer(key.job.fence)) {
    return {};
  }
  auto& put = prepared("INSERT OR REPLACE INTO member_fence VALUES (?, ?, ?)");
  return put.text(key.payer.str())
      .text(key.job.member.str())
      .integer(column_integer(key.job.fence))
      .run();
}

Result<CommitReport> SqliteStore::commit(const PageCommit& commit) {
  CLAIMFERRY_TRY(take_fence(commit.key));
  CommitReport report;
  for (std::size_t index = 0; index < commit.page.resources.size(); ++index) {
    CLAIMFERRY_TRY(put_resource(commit, index, report));
  }
  CLAIMFERRY_TRY(put_quarantined(commit, report));
  queue::Cursor after = commit.after;
  after.entries -= std::min<std::uint64_t>(after.entries, report.repeated);
  CLAIMFERRY_TRY(put_cursor(commit.key, after));
  return report;
}

Result<void> SqliteStore::put_resource(const PageCommit& commit, std::size_t index,
                                       CommitReport& report) {
  const ResourceRow& row = commit.page.resources[index];
  auto& ask = prepared(
      "SELECT r.version, r.change_hash, r.first_seen_at, r.absent_at IS NOT NULL, "
      "coalesce(s.missed, 0), coalesce(s.sweep, ''), r.parser_version FROM resource_version r "
      "LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
      "WHERE r.payer = ? AND r.member = ? AND r.resource_type = ? AND r.resource_id = ? AND "
      "r.valid_to IS NULL");
  ask.text(commit.key.payer.str()).text(commit.key.job.member.str()).text(row.type).text(row.id);
  auto known = ask.step();
  CLAIMFERRY_TRY(known);
  const std::string at = format_exact_time(commit.at);
  std::int64_t version = 1;
  std::string first_seen_at = at;
  bool was_missed = false;
  if (*known) {
    version = ask.integer_at(0) + 1;
    const bool unchanged = ask.text_at(1) == to_hex(row.change_hash);
    first_seen_at = ask.text_at(2);
    const bool absent = ask.integer_at(3) != 0;
    was_missed = ask.integer_at(4) != 0;
    report.repeated += commit.sweep && ask.text_at(5) == commit.key.job.job.str() ? 1 : 0;
    const bool outdated = ask.integer_at(6) < parser_version;
    ask.reset();
    if (unchanged && !absent) {
      ++report.unchanged;
      if (outdated) {
        CLAIMFERRY_TRY(renew_rows(commit, static_cast<std::uint32_t>(index), version - 1));
      }
      return commit.sweep || was_missed ? put_seen(commit, row.type, row.id) : Result<void>();
    }
    ++report.changed;
  } else {
    ++report.inserted;
  }
  CLAIMFERRY_TRY(put_version(commit, row, version, first_seen_at, at));
  CLAIMFERRY_TRY(put_rows({commit.key.payer.str(), commit.key.job.member.str(), commit.page,
                           static_cast<std::uint32_t>(index), version}));
  return commit.sweep || was_missed ? put_seen(commit, row.type, row.id) : Result<void>();
}

Result<void> SqliteStore::put_version(const PageCommit& commit, const ResourceRow& row,
                                      std::int64_t version, std::string_view first_seen_at,
                                      std::string_view at) {
  const std::string& payer = commit.key.payer.str();
  const std::string& member = commit.key.job.member.str();
  if (version > 1) {
    auto& end = prepared(
        "UPDATE resource_version SET valid_to = ? WHERE payer = ? AND member = ? AND "
        "resource_type = ? AND resource_id = ? AND valid_to IS NULL");
    CLAIMFERRY_TRY(end.text(at).text(payer).text(member).text(row.type).text(row.id).run());
  }
  auto& put = prepared(
      "INSERT INTO resource_version (payer, member, resource_type, resource_id, version, "
      "content_hash, change_hash, raw, full_url, fence, parser_version, first_seen_at, valid_from) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string content_hash = to_hex(row.content_hash);
  const std::string change_hash = to_hex(row.change_hash);
  put.text(payer).text(member).text(row.type).text(row.id).integer(version).text(content_hash);
  put.text(change_hash)
      .blob(row.raw)
      .text(row.full_url)
      .integer(column_integer(commit.key.job.fence))
      .integer(parser_version);
  return put.text(first_seen_at).text(at).run();
}

Result<void> SqliteStore::put_cursor(const SyncKey& key, const queue::Cursor& after) {
  auto& put = prepared("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?)");
  const std::string cursor = after.str();
  put.text(key.payer.str()).text(key.job.member.str());
  return put.text(key.job.job.str()).text(cursor).run();
}

}  // namespace claimferry::claims
