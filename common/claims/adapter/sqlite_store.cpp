#include "common/claims/adapter/sqlite_store.hpp"

#include "common/base/try.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/sqlite_opening.hpp"
#include "common/claims/adapter/sqlite_tables.hpp"
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
  const auto row = sqlite_meta(database, "schema");
  if (!row) {
    return row.failure();
  }
  const std::string version = row->value_or("none");
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

Result<void> prepare_file(SqliteDatabase& database) {
  CLAIMFERRY_TRY(set_up_sqlite(database));
  CLAIMFERRY_TRY(database.execute("BEGIN IMMEDIATE"));
  auto fit = check_schema(database);
  if (fit) {
    fit = check_sqlite_host(database, "the database");
  }
  if (!fit) {
    static_cast<void>(database.execute("ROLLBACK"));
    return fit;
  }
  return database.execute("COMMIT");
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& path) {
  auto database = SqliteDatabase::open(path, sqlite_busy_wait);
  CLAIMFERRY_TRY(database);
  CLAIMFERRY_TRY(prepare_file(*database));
  database->trust();
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(*database)));
}

Result<CommitReport> SqliteStore::commit(const PageCommit& commit) {
  CLAIMFERRY_TRY(take_fence(commit.key));
  CommitReport report;
  for (std::size_t index = 0; index < commit.page.resources.size(); ++index) {
    CLAIMFERRY_TRY(put_resource(commit, index, report));
  }
  CLAIMFERRY_TRY(put_quarantined(commit, report));
  CLAIMFERRY_TRY(put_cursor(commit, report));
  return report;
}

Result<void> SqliteStore::put_resource(const PageCommit& commit, std::size_t index,
                                       CommitReport& report) {
  const ResourceRow& row = commit.page.resources[index];
  const auto number = static_cast<std::uint32_t>(index);
  const auto judged = judge(commit, row, report);
  if (!judged) {
    return judged.failure();
  }
  if (judged->is_new) {
    CLAIMFERRY_TRY(put_version(commit, row, *judged));
    CLAIMFERRY_TRY(put_rows({commit.key.payer.str(), commit.key.job.member.str(), commit.page,
                             number, judged->version}));
  } else if (judged->outdated) {
    CLAIMFERRY_TRY(renew_rows(commit, number, judged->version));
  }
  return note_seen(commit, row, *judged);
}

Result<void> SqliteStore::put_version(const PageCommit& commit, const ResourceRow& row,
                                      const Judged& judged) {
  const std::string& payer = commit.key.payer.str();
  const std::string& member = commit.key.job.member.str();
  const std::string at = format_exact_time(commit.at);
  if (judged.version > 1) {
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
  put.text(payer).text(member).text(row.type).text(row.id).integer(judged.version);
  put.text(content_hash).text(change_hash).blob(row.raw).text(row.full_url);
  put.integer(column_integer(commit.key.job.fence)).integer(parser_version);
  return put.text(judged.first_seen_at).text(at).run();
}

Result<CloseReport> SqliteStore::close(const SyncClose& close) {
  return close_sync(close, [](const Absent&) { return Result<void>(); });
}

}  // namespace claimferry::claims
