// SqliteStore: the sink's rules as SQL on one connection: fence, versions, cursor, sweeps. Each
// call is part of a transaction that the writer opened.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/claims/adapter/claim_rebuild.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

class SqliteStore {
 public:
  // Creates the schema in a fresh file; refuses another version's file, and a file that another
  // host has opened before (SQLite's locks do not hold across hosts).
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& path);

  Result<std::optional<queue::Cursor>> resume(const SyncKey& key);
  Result<CommitReport> commit(const PageCommit& commit);
  Result<void> quarantine_page(const BadPage& page);
  Result<CloseReport> close(const SyncClose& close);
  Result<void> erase(const SyncKey& key, WallTime at);
  Result<std::uint64_t> count_outdated();
  Result<OutdatedStep> outdated();
  Result<void> renew(const std::vector<RebuiltVersion>& versions);
  Result<MarkedStep> mark();
  Result<bool> all_marked();
  // Outside of a transaction, after an erasure: takes away what the file keeps of deleted rows
  // beside them, and the write-ahead log. sink_busy while a reader still needs the old pages.
  Result<void> clear_traces();

  Result<void> begin() { return database_.execute("BEGIN IMMEDIATE"); }
  Result<void> commit_transaction() { return database_.execute("COMMIT"); }
  void roll_back();
  // A part of a transaction that may fail alone.
  Result<void> savepoint() { return database_.execute("SAVEPOINT part"); }
  Result<void> release() { return database_.execute("RELEASE part"); }
  Result<void> roll_back_part() { return database_.execute("ROLLBACK TO part; RELEASE part"); }
  bool in_transaction() const noexcept { return database_.in_transaction(); }
  // For statements of one's own within the transaction.
  SqliteDatabase& database() noexcept { return database_; }

 private:
  explicit SqliteStore(SqliteDatabase database) : database_(std::move(database)) {}

  // Prepared once, by text.
  SqliteStatement& prepared(std::string_view sql);
  Result<void> take_fence(const SyncKey& key);
  Result<void> refuse_erased(const SyncKey& key);
  Result<void> put_resource(const PageCommit& commit, std::size_t index, CommitReport& report);
  Result<void> put_version(const PageCommit& commit, const ResourceRow& row, std::int64_t version,
                           std::string_view first_seen_at, std::string_view at);
  // A version of a resource, and the page that its rows stand in.
  struct Version {
    const std::string& payer;
    const std::string& member;
    const ParsedPage& page;
    std::uint32_t resource;
    std::int64_t number;
  };
  Result<void> put_rows(const Version& version);
  Result<void> put_loose(const Version& version);
  Result<void> drop_rows(const VersionKey& key);
  // Of a version that an earlier release's parser read. Its raw bytes become those that its rows
  // are made of now: they differ in volatile places at most.
  Result<void> renew_rows(const PageCommit& commit, std::uint32_t resource, std::int64_t version);
  Result<void> renew(const RebuiltVersion& version);
  Result<void> put_seen(const PageCommit& commit, std::string_view type, std::string_view id);
  Result<void> put_quarantined(const PageCommit& commit, CommitReport& report);
  Result<void> note_known_seen(const PageCommit& commit, const QuarantinedEntry& entry);
  Result<void> put_cursor(const SyncKey& key, const queue::Cursor& after);
  Result<CloseReport> count_missed(const SyncClose& close);
  Result<std::int64_t> file_bytes();
  Result<void> empty_log();

  SqliteDatabase database_;
  std::map<std::string_view, SqliteStatement> statements_;
  bool traces_left_ = false;  // an erasure's, since the last VACUUM
};

}  // namespace claimferry::claims
