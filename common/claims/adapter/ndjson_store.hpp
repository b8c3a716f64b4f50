// NdjsonStore: claims as lines of append-only segments in a directory, beside what
// SqliteMemberState knows of their members (state.db). A transaction's lines are handed to the disk
// before its state commits, and cut off again where it does not: a finished segment holds whole
// lines of committed transactions, and no others. Each call is part of a transaction that the
// writer opened.
#pragma once

#include <memory>

#include "common/claims/adapter/segment_part.hpp"
#include "common/claims/adapter/segment_rewrite.hpp"
#include "common/claims/adapter/sqlite_member_state.hpp"

namespace claimferry::claims {

struct NdjsonOptions {
  std::filesystem::path directory;
  std::uint64_t segment_bytes = 64ULL << 20U;  // a segment ends with the transaction that fills it
  Duration segment_age = std::chrono::minutes(5);
  bool sync_pages = true;  // false: a power loss may take the lines of unfinished segments
};

class NdjsonStore : public SqliteMemberState {
 public:
  // Makes the directory and its state.db, or checks them as SqliteStore does; finishes what
  // processes left that have ended. clock and disk outlive the store.
  static Result<std::unique_ptr<NdjsonStore>> open(NdjsonOptions options, const Clock& clock,
                                                   SegmentDisk& disk);
  ~NdjsonStore() { part_.leave(); }
  NdjsonStore(const NdjsonStore&) = delete;
  NdjsonStore& operator=(const NdjsonStore&) = delete;

  Result<CommitReport> commit(const PageCommit& commit);
  Result<void> quarantine_page(const BadPage& page);
  Result<CloseReport> close(const SyncClose& close);
  Result<void> erase(const SyncKey& key, WallTime at);
  // Outside of a transaction, after an erasure: writes each segment anew that holds the member, and
  // clears the state's traces. sink_busy while another process writes such a segment; it ends it
  // within limits::segment_watch_interval. Interrupted anywhere, it is simply called again.
  Result<void> clear_member(const SyncKey& key);

  // A segment that is full or old ends before the next transaction.
  Result<void> begin();
  Result<void> commit_transaction();
  void roll_back();
  Result<void> savepoint();
  Result<void> roll_back_part();

  // How long nothing needs to be done, and what is to be done then: ends an old segment, or one
  // that an erasure waits for, and those of processes that have ended.
  Duration rest() const;
  void tend();

 private:
  NdjsonStore(SqliteDatabase database, NdjsonOptions options, const Clock& clock,
              SegmentDisk& disk);

  Result<void> prepare();
  Result<bool> check_schema();  // true: it was made just now
  std::filesystem::path path(const std::string& name, std::string_view ending) const;

  Result<void> put_resource(const PageCommit& commit, const ResourceRow& row, CommitReport& report);
  Result<void> put_version(const PageCommit& commit, const ResourceRow& row, const Judged& judged);
  struct Unreadable {
    std::string_view raw;
    std::string_view reason;
    std::string_view pointer;
    std::string_view type;
    std::string_view id;
  };
  Result<void> put_quarantined(const SyncKey& key, WallTime at, const Unreadable& entry);
  Result<void> put_absent(const SyncClose& close, const Absent& absent);
  // Before a line of the member's: its segment is there and known to hold it.
  Result<void> begin_line(const SyncKey& key);
  Result<void> find_segment();

  bool is_due() const;
  Result<bool> is_wanted();

  // Of processes that have ended: where their transactions ended.
  struct Left {
    SegmentHandle file;
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_found = 0;
  };
  Result<void> adopt_parts();
  Result<std::vector<Left>> find_left(bool state_is_fresh);
  Result<void> judge_left(Left& left, bool state_is_fresh);
  Result<void> judge_unknown(Left& left, bool state_is_fresh);
  Result<void> forget_lines(std::int64_t segment);
  Result<void> forget_segment(std::int64_t segment);
  Result<void> finish_left(const std::vector<Left>& all);
  Result<void> note_found();
  Result<void> note_found_segment(const std::string& name);

  struct Holding {
    std::int64_t id;
    std::string name;
  };
  Result<std::vector<Holding>> holding(const SyncKey& key);
  Result<void> clear_segment(const SyncKey& key, const Holding& segment);
  Result<void> replace_segment(const Erased& erased, const Holding& segment, Rewritten& report);

  const NdjsonOptions options_;
  const Clock& clock_;
  SegmentDisk& disk_;
  const std::string boot_;
  SegmentPart part_;
  std::int64_t segment_ = 0;      // the part's id in this transaction; 0: not asked yet
  std::uint64_t part_begin_ = 0;  // bytes of the part before this transaction, and before its part
  std::uint64_t part_saved_ = 0;
  bool must_sync_ = false;    // this transaction's lines, whatever the options say
  bool tend_failed_ = false;  // what was due, last time
  SteadyTime adopted_at_;
};

}  // namespace claimferry::claims
