// What a complete sweep no longer saw.
#include "common/claims/adapter/postgres_page.hpp"
#include "common/claims/adapter/postgres_store.hpp"

namespace claimferry::claims {
namespace {

using postgres::Answer;
using postgres::Answers;
using postgres::Call;

// Absence at once of more than a fifth of a member's claims is held: DESIGN §8.
constexpr std::int64_t held_share = 5;

constexpr std::string_view drop_cursor_sql =
    "DELETE FROM cursor WHERE payer = $1 AND member = $2 AND job = $3";
// The sweep that counted a miss stands with it: closed again, the same sweep counts nothing more.
constexpr std::string_view miss_sql =
    "INSERT INTO seen AS known (payer, member, resource_type, resource_id, sweep, missed) "
    "SELECT r.payer, r.member, r.resource_type, r.resource_id, $3::text, 1 "
    "FROM resource_current r LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
    "WHERE r.payer = $1 AND r.member = $2 AND r.resource_type = ANY ($4::text[]) AND "
    "coalesce(s.sweep, '') <> $3::text "
    "ON CONFLICT (payer, member, resource_type, resource_id) "
    "DO UPDATE SET missed = known.missed + 1, sweep = excluded.sweep";
constexpr std::string_view count_sql =
    "SELECT count(*) FILTER (WHERE r.resource_type = 'ExplanationOfBenefit'), "
    "count(*) FILTER (WHERE r.resource_type = 'ExplanationOfBenefit' AND s.missed >= 2), "
    "count(*) FILTER (WHERE s.missed = 1), count(*) FILTER (WHERE s.missed >= 2) "
    "FROM resource_current r LEFT JOIN seen s USING (payer, member, resource_type, resource_id) "
    "WHERE r.payer = $1 AND r.member = $2 AND r.resource_type = ANY ($3::text[])";
constexpr std::string_view mark_sql =
    "UPDATE resource_version r SET absent_at = $4::text::timestamptz FROM seen s "
    "WHERE r.payer = $1 AND r.member = $2 AND r.resource_type = ANY ($3::text[]) AND "
    "r.valid_to IS NULL AND r.absent_at IS NULL AND s.payer = $1 AND s.member = $2 AND "
    "s.resource_type = r.resource_type AND s.resource_id = r.resource_id AND s.missed >= 2";

// Beside what was consented to, so that a Redis that is built anew sweeps nobody before the time.
constexpr std::string_view swept_sql =
    "UPDATE enrolled_member SET last_ok_at = $3::text::timestamptz, "
    "last_sweep_at = $3::text::timestamptz WHERE payer = $1 AND member = $2";

postgres::Array judged(const SyncClose& close) {
  postgres::Array types(postgres::Element::text);
  if (close.eob_complete) {
    types.text("ExplanationOfBenefit");
  }
  if (close.coverage_complete) {
    types.text("Coverage");
  }
  return types;
}

CloseReport report_of(const Answer& counted) {
  CloseReport report;
  report.missed_once = static_cast<std::uint32_t>(counted.integer(0, 2));
  report.absence_held = counted.integer(0, 1) * held_share > counted.integer(0, 0);
  report.marked_absent =
      report.absence_held ? 0 : static_cast<std::uint32_t>(counted.integer(0, 3));
  return report;
}

}  // namespace

Call postgres_swept(const SyncClose& close) {
  Call made{swept_sql, postgres_member(close.key)};
  made.parameters.text(format_exact_time(close.at));
  return made;
}

awaitable<Result<CloseReport>> PostgresStore::count_missed(SyncClose close) {
  std::vector<Call> calls;
  for (const std::string_view sql : {drop_cursor_sql, miss_sql, count_sql}) {
    calls.push_back({sql, postgres_member(close.key)});
  }
  calls[0].parameters.text(close.key.job.job.str());
  calls[1].parameters.text(close.key.job.job.str()).array(judged(close));
  calls[2].parameters.array(judged(close));
  auto counted = co_await lease_.run(std::move(calls));
  if (!counted) {
    co_return co_await give_up(std::move(counted.failure()));
  }
  const CloseReport report = report_of(counted->at(2));
  std::vector<Call> rest{postgres_swept(close)};
  if (report.marked_absent > 0) {
    rest.push_back({mark_sql, postgres_member(close.key)});
    rest.back().parameters.array(judged(close)).text(format_exact_time(close.at));
  }
  auto done = co_await finish(std::move(rest));
  if (!done) {
    co_return std::move(done.failure());
  }
  co_return report;
}

}  // namespace claimferry::claims
