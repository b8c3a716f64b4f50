// What could not become rows: entries, and pages of which nothing could.
#include "common/base/limits.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/sqlite_store.hpp"

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
