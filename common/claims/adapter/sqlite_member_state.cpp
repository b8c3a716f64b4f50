#include "common/claims/adapter/sqlite_member_state.hpp"

#include "common/base/limits.hpp"
#include "common/base/try.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

// Absence at once of more than a fifth of a member's claims is held: DESIGN §8.
constexpr std::int64_t held_share = 5;

// The types that a sweep has seen whole; "-" is none.
std::string_view eob_of(const SyncClose& close) {
  return close.eob_complete ? "ExplanationOfBenefit" : "-";
}
std::string_view coverage_of(const SyncClose& close) {
  return close.coverage_complete ? "Coverage" : "-";
}

}  // namespace

SqliteStatement& SqliteMemberState::prepared(std::string_view sql) {
  auto [place, is_new] = statements_.try_emplace(sql, database_, sql);
  if (!is_new && !place->second.prepared()) {
    // Refused before; what stood in its way may have passed.
    statements_.erase(place);
    place = statements_.try_emplace(sql, database_, sql).first;
  }
  return place->second;
}

void SqliteMemberState::roll_back() {
  static_cast<void>(database_.execute("ROLLBACK"));
}

Result<std::optional<queue::Cursor>> SqliteMemberState::resume(const SyncKey& key) {
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

Result<void> SqliteMemberState::refuse_erased(const SyncKey& key) {
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

Result<void> SqliteMemberState::run_for(std::string_view sql, const SyncKey& key) {
  return prepared(sql).text(key.payer.str()).text(key.job.member.str()).run();
}

Result<void> SqliteMemberState::take_fence(const SyncKey& key) {
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

Result<SqliteMemberState::Judged> SqliteMemberState::judge(const PageCommit& commit,
                                                           const ResourceRow& row,
                                                           CommitReport& report) {
  auto& ask = prepared(
      "SELECT r.version, r.change_hash, r.first_seen_at, r.absent_at IS NOT NULL, "
      "coalesce(s.missed, 0), coalesce(s.sweep, ''), r.parser_version FROM resource_version r "
      "LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
      "WHERE r.payer = ? AND r.member = ? AND r.resource_type = ? AND r.resource_id = ? AND "
      "r.valid_to IS NULL");
  ask.text(commit.key.payer.str()).text(commit.key.job.member.str()).text(row.type).text(row.id);
  auto known = ask.step();
  CLAIMFERRY_TRY(known);
  Judged judged;
  if (!*known) {
    ++report.inserted;
    judged.first_seen_at = format_exact_time(commit.at);
    return judged;
  }
  const bool absent = ask.integer_at(3) != 0;
  judged.is_new = absent || ask.text_at(1) != to_hex(row.change_hash);
  judged.version = ask.integer_at(0) + (judged.is_new ? 1 : 0);
  judged.first_seen_at = ask.text_at(2);
  judged.was_missed = ask.integer_at(4) != 0;
  report.repeated += commit.sweep && ask.text_at(5) == commit.key.job.job.str() ? 1 : 0;
  judged.outdated = ask.integer_at(6) < parser_version;
  ask.reset();
  ++(judged.is_new ? report.changed : report.unchanged);
  return judged;
}

Result<void> SqliteMemberState::note_seen(const PageCommit& commit, const ResourceRow& row,
                                          const Judged& judged) {
  return commit.sweep || judged.was_missed ? put_seen(commit, row.type, row.id) : Result<void>();
}

Result<void> SqliteMemberState::note_known_seen(const PageCommit& commit,
                                                const QuarantinedEntry& entry) {
  if (entry.id.empty()) {
    return {};
  }
  auto& ask = prepared(
      "SELECT coalesce(s.missed, 0) FROM resource_version r "
      "LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
      "WHERE r.payer = ? AND r.member = ? AND r.resource_type = ? AND r.resource_id = ? AND "
      "r.valid_to IS NULL");
  ask.text(commit.key.payer.str()).text(commit.key.job.member.str());
  auto known = ask.text(entry.type).text(entry.id).step();
  if (!known) {
    return std::move(known.failure());
  }
  const bool was_missed = *known && ask.integer_at(0) != 0;
  ask.reset();
  return *known && (commit.sweep || was_missed) ? put_seen(commit, entry.type, entry.id)
                                                : Result<void>();
}

// In a sweep: seen by it. In a window: no longer missed; which sweep judged it last stays.
Result<void> SqliteMemberState::put_seen(const PageCommit& commit, std::string_view type,
                                         std::string_view id) {
  const SyncKey& key = commit.key;
  if (commit.sweep) {
    auto& put = prepared("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, 0)");
    put.text(key.payer.str()).text(key.job.member.str()).text(type).text(id);
    return put.text(key.job.job.str()).run();
  }
  auto& found = prepared(
      "UPDATE seen SET missed = 0 "
      "WHERE payer = ? AND member = ? AND resource_type = ? AND resource_id = ?");
  return found.text(key.payer.str()).text(key.job.member.str()).text(type).text(id).run();
}

Result<void> SqliteMemberState::put_cursor(const PageCommit& commit, const CommitReport& report) {
  queue::Cursor after = commit.after;
  after.entries -= std::min<std::uint64_t>(after.entries, report.repeated);
  const SyncKey& key = commit.key;
  auto& put = prepared("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?)");
  const std::string cursor = after.str();
  put.text(key.payer.str()).text(key.job.member.str());
  return put.text(key.job.job.str()).text(cursor).run();
}

Result<CloseReport> SqliteMemberState::close_sync(const SyncClose& close, const ToldAbsent& told) {
  if (auto fence = take_fence(close.key); !fence) {
    return std::move(fence.failure());
  }
  auto& drop = prepared("DELETE FROM cursor WHERE payer = ? AND member = ? AND job = ?");
  drop.text(close.key.payer.str()).text(close.key.job.member.str()).text(close.key.job.job.str());
  if (auto dropped = drop.run(); !dropped) {
    return std::move(dropped.failure());
  }
  if (!close.sweep || (!close.coverage_complete && !close.eob_complete)) {
    return CloseReport{};
  }
  return count_missed(close, told);
}

Result<CloseReport> SqliteMemberState::count_missed(const SyncClose& close,
                                                    const ToldAbsent& told) {
  const std::string& payer = close.key.payer.str();
  const std::string& member = close.key.job.member.str();
  const std::string& sweep = close.key.job.job.str();
  const std::string_view eob = eob_of(close);
  const std::string_view coverage = coverage_of(close);
  // The sweep that counted a miss stands with it: closed again, the same sweep counts nothing more.
  auto& miss = prepared(
      "INSERT INTO seen SELECT r.payer, r.member, r.resource_type, r.resource_id, ?, 1 "
      "FROM resource_current r LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
      "WHERE r.payer = ? AND r.member = ? AND r.resource_type IN (?, ?) AND coalesce(s.sweep, '') "
      "<> ? "
      "ON CONFLICT DO UPDATE SET missed = missed + 1, sweep = excluded.sweep");
  miss.text(sweep).text(payer).text(member).text(eob).text(coverage).text(sweep);
  if (auto missed = miss.run(); !missed) {
    return std::move(missed.failure());
  }
  auto& count = prepared(
      "SELECT count(*) FILTER (WHERE r.resource_type = 'ExplanationOfBenefit'), "
      "count(*) FILTER (WHERE r.resource_type = 'ExplanationOfBenefit' AND s.missed >= 2), "
      "count(*) FILTER (WHERE s.missed = 1), count(*) FILTER (WHERE s.missed >= 2) "
      "FROM resource_current r LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
      "WHERE r.payer = ? AND r.member = ? AND r.resource_type IN (?, ?)");
  auto counted = count.text(payer).text(member).text(eob).text(coverage).step();
  if (!counted) {
    return std::move(counted.failure());
  }
  const std::int64_t claims = count.integer_at(0);
  const std::int64_t claims_gone = count.integer_at(1);
  CloseReport report;
  report.missed_once = static_cast<std::uint32_t>(count.integer_at(2));
  const auto gone = static_cast<std::uint32_t>(count.integer_at(3));
  count.reset();
  report.absence_held = claims_gone * held_share > claims;
  if (report.absence_held || gone == 0) {
    return report;
  }
  report.marked_absent = gone;
  CLAIMFERRY_TRY(mark_absent(close, told));
  return report;
}

Result<void> SqliteMemberState::mark_absent(const SyncClose& close, const ToldAbsent& told) {
  auto& mark = prepared(
      "UPDATE resource_version SET absent_at = ? WHERE payer = ? AND member = ? AND "
      "resource_type IN (?, ?) AND valid_to IS NULL AND absent_at IS NULL AND EXISTS "
      "(SELECT 1 FROM seen s WHERE s.payer = resource_version.payer AND "
      "s.member = resource_version.member AND s.resource_type = resource_version.resource_type "
      "AND s.resource_id = resource_version.resource_id AND s.missed >= 2) "
      "RETURNING resource_type, resource_id, version");
  const std::string at = format_exact_time(close.at);
  mark.text(at).text(close.key.payer.str()).text(close.key.job.member.str());
  mark.text(eob_of(close)).text(coverage_of(close));
  while (true) {
    auto row = mark.step();
    CLAIMFERRY_TRY(row);
    if (!*row) {
      return {};
    }
    const auto noted = told({mark.text_at(0), mark.text_at(1), mark.integer_at(2)});
    if (!noted) {
      mark.reset();
      return noted;
    }
  }
}

Result<void> SqliteMemberState::bury(const SyncKey& key, WallTime at) {
  CLAIMFERRY_TRY(run_for("DELETE FROM seen WHERE payer = ? AND member = ?", key));
  CLAIMFERRY_TRY(run_for("DELETE FROM cursor WHERE payer = ? AND member = ?", key));
  traces_left_ = true;
  auto& bury = prepared("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?)");
  const std::string erased_at = format_exact_time(at);
  bury.text(key.payer.str()).text(key.job.member.str());
  return bury.integer(column_integer(key.job.fence)).text(erased_at).run();
}

// SQLite overwrites what it deletes, but not what a page kept when its rows moved to another: a
// few copies of keys, now and then. Only a VACUUM takes these, and a large file's is left to a
// quiet hour of its owner's.
Result<void> SqliteMemberState::clear_traces() {
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

Result<std::int64_t> SqliteMemberState::file_bytes() {
  auto& ask = prepared("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  auto row = ask.step();
  if (!row) {
    return std::move(row.failure());
  }
  const std::int64_t bytes = *row ? ask.integer_at(0) : 0;
  ask.reset();
  return bytes;
}

Result<void> SqliteMemberState::empty_log() {
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
