// SqliteMemberState: what a sink knows of members, and the rules that follow from it, as SQL on one
// connection: fences, tombstones, cursors, which resources are known and which sweeps missed them.
// SqliteStore keeps claims beside it in tables, NdjsonStore in segments. Each call is part of a
// transaction that the writer opened.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

class SqliteMemberState {
 public:
  Result<std::optional<queue::Cursor>> resume(const SyncKey& key);

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
  // Outside of a transaction, after an erasure: takes away what the file keeps of deleted rows
  // beside them, and the write-ahead log. sink_busy while a reader still needs the old pages.
  Result<void> clear_traces();

 protected:
  explicit SqliteMemberState(SqliteDatabase database) : database_(std::move(database)) {}
  ~SqliteMemberState() = default;

  // Prepared once, by text, which outlives the store.
  SqliteStatement& prepared(std::string_view sql);
  // Runs a statement whose parameters are payer and member.
  Result<void> run_for(std::string_view sql, const SyncKey& key);
  // Refuses an erased member's older writes (sink_erased), and a smaller fence (sink_fenced).
  Result<void> take_fence(const SyncKey& key);

  // What is to be done with a resource of a page.
  struct Judged {
    bool is_new = true;  // to be stored as `version`; else that version says the same
    std::int64_t version = 1;
    std::string first_seen_at;
    bool was_missed = false;
    bool outdated = false;  // the version that stands was read by an earlier parser
  };
  // Counts it in the report.
  Result<Judged> judge(const PageCommit& commit, const ResourceRow& row, CommitReport& report);
  Result<void> note_seen(const PageCommit& commit, const ResourceRow& row, const Judged& judged);
  // A claim that we know and that came in a shape we cannot read is still there: it was seen.
  Result<void> note_known_seen(const PageCommit& commit, const QuarantinedEntry& entry);
  // Behind a page whose report it is.
  Result<void> put_cursor(const PageCommit& commit, const CommitReport& report);

  // A resource that a close marks absent.
  struct Absent {
    std::string type;
    std::string id;
    std::int64_t version;
  };
  using ToldAbsent = std::function<Result<void>(const Absent&)>;
  Result<CloseReport> close_sync(const SyncClose& close, const ToldAbsent& told);
  // Forgets the member but for the fence and a tombstone.
  Result<void> bury(const SyncKey& key, WallTime at);

 private:
  Result<void> refuse_erased(const SyncKey& key);
  Result<void> put_seen(const PageCommit& commit, std::string_view type, std::string_view id);
  Result<CloseReport> count_missed(const SyncClose& close, const ToldAbsent& told);
  Result<void> mark_absent(const SyncClose& close, const ToldAbsent& told);
  Result<std::int64_t> file_bytes();
  Result<void> empty_log();

  SqliteDatabase database_;
  std::map<std::string_view, SqliteStatement> statements_;
  bool traces_left_ = false;  // an erasure's, since the last VACUUM
};

}  // namespace claimferry::claims
