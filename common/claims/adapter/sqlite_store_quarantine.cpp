// What could not become rows: entries, and pages of which nothing could.
#include "common/base/limits.hpp"
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_values.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view put_sql =
    "INSERT OR IGNORE INTO quarantine (payer, member, content_hash, reason, pointer, raw, fence, "
    "received_at, resource_type, resource_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Result<void> SqliteStore::put_quarantined(const PageCommit& commit, CommitReport& report) {
  const std::string at = format_exact_time(commit.at);
  for (const QuarantinedEntry& entry : commit.page.quarantined) {
    const std::string hash = to_hex(sha256(entry.raw));
    auto& put = prepared(put_sql);
    put.text(commit.key.payer.str()).text(commit.key.job.member.str()).text(hash);
    put.text(entry.reason).text(entry.pointer).blob(entry.raw);
    put.integer(column_integer(commit.key.job.fence)).text(at);
    if (auto done = put.text(entry.type).text(entry.id).run(); !done) {
      return done;
    }
    if (auto noted = note_known_seen(commit, entry); !noted) {
      return noted;
    }
    ++report.quarantined;
  }
  return {};
}

// A claim that we know and that came in a shape we cannot read is still there: it was seen.
Result<void> SqliteStore::note_known_seen(const PageCommit& commit, const QuarantinedEntry& entry) {
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
Result<void> SqliteStore::put_seen(const PageCommit& commit, std::string_view type,
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

Result<void> SqliteStore::quarantine_page(const BadPage& page) {
  if (auto fence = take_fence(page.key); !fence) {
    return fence;
  }
  const std::string_view raw = page.body.view().substr(0, limits::body_bytes_max);
  const std::string hash = to_hex(sha256(raw));
  const std::string at = format_exact_time(page.at);
  auto& put = prepared(put_sql);
  put.text(page.key.payer.str()).text(page.key.job.member.str()).text(hash).text(page.reason);
  put.text({}).blob(raw).integer(column_integer(page.key.job.fence)).text(at);
  return put.text(to_string(page.resource)).text({}).run();
}

}  // namespace claimferry::claims
