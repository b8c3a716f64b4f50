// The end of a sync: cursor gone, and, after a complete sweep, what it no longer saw.
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_values.hpp"

namespace claimferry::claims {
namespace {

// Absence at once of more than a fifth of a member's claims is held: DESIGN §8.
constexpr std::int64_t held_share = 5;

}  // namespace

Result<CloseReport> SqliteStore::close(const SyncClose& close) {
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
  return count_missed(close);
}

Result<CloseReport> SqliteStore::count_missed(const SyncClose& close) {
  const std::string& payer = close.key.payer.str();
  const std::string& member = close.key.job.member.str();
  const std::string& sweep = close.key.job.job.str();
  const std::string eob = close.eob_complete ? "ExplanationOfBenefit" : "-";
  const std::string coverage = close.coverage_complete ? "Coverage" : "-";
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
  auto& mark = prepared(
      "UPDATE resource_version SET absent_at = ? WHERE payer = ? AND member = ? AND "
      "resource_type IN (?, ?) AND valid_to IS NULL AND absent_at IS NULL AND EXISTS "
      "(SELECT 1 FROM seen s WHERE s.payer = resource_version.payer AND "
      "s.member = resource_version.member AND s.resource_type = resource_version.resource_type "
      "AND s.resource_id = resource_version.resource_id AND s.missed >= 2)");
  const std::string at = format_exact_time(close.at);
  mark.text(at).text(payer).text(member).text(eob).text(coverage);
  if (auto marked = mark.run(); !marked) {
    return std::move(marked.failure());
  }
  return report;
}

}  // namespace claimferry::claims
