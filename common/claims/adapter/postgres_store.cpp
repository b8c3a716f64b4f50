#include "common/claims/adapter/postgres_store.hpp"

#include "common/base/limits.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/postgres_page.hpp"
#include "common/claims/adapter/postgres_tables.hpp"

namespace claimferry::claims {
namespace {

using postgres::Answer;
using postgres::Answers;
using postgres::Call;
using postgres::Parameters;

// Each statement sees what was committed before it began, so that behind the fence's lock all of
// the member's earlier transactions are seen.
constexpr std::string_view begin_sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
// Locks the row also where it stays as it is; a page of the same fence writes no new one.
constexpr std::string_view take_fence_sql =
    "INSERT INTO member_fence AS held (payer, member, fence) VALUES ($1, $2, $3) "
    "ON CONFLICT (payer, member) DO UPDATE SET fence = excluded.fence "
    "WHERE held.fence < excluded.fence";
constexpr std::string_view standing_sql =
    "SELECT (SELECT fence FROM member_fence WHERE payer = $1 AND member = $2), "
    "(SELECT fence FROM tombstone WHERE payer = $1 AND member = $2 AND fence >= $3)";
constexpr std::string_view resume_sql =
    "SELECT cursor FROM cursor WHERE payer = $1 AND member = $2 AND job = $3";
constexpr std::string_view drop_cursor_sql =
    "DELETE FROM cursor WHERE payer = $1 AND member = $2 AND job = $3";
constexpr std::string_view bury_sql =
    "INSERT INTO tombstone (payer, member, fence, erased_at) "
    "VALUES ($1, $2, $3, $4::text::timestamptz) ON CONFLICT (payer, member) "
    "DO UPDATE SET fence = excluded.fence, erased_at = excluded.erased_at";
constexpr std::string_view erasures_beside_claims[] = {
    "DELETE FROM resource_version WHERE payer = $1 AND member = $2",
    "DELETE FROM quarantine WHERE payer = $1 AND member = $2",
    "DELETE FROM seen WHERE payer = $1 AND member = $2",
    "DELETE FROM cursor WHERE payer = $1 AND member = $2"};

Call plain(std::string_view sql) {
  return {sql, {}};
}

// Of an erased member, or of one whom a larger fence wrote.
std::optional<Failure> refusal(const Answer& standing, Fence ours) {
  if (!standing.is_null(0, 1)) {
    return Failure{FailureKind::lease_lost, "sink_erased",
                   std::string(standing.text(0, 1)) + " is the erased member's fence"};
  }
  if (standing.integer(0, 0) > column_integer(ours)) {
    return Failure{FailureKind::lease_lost, "sink_fenced",
                   std::string(standing.text(0, 0)) + " is the fence that the sink holds"};
  }
  return std::nullopt;
}

}  // namespace

awaitable<Failure> PostgresStore::give_up(Failure why) {
  std::vector<Call> calls{plain("ROLLBACK")};
  // Where that fails, too, the lease closes the connection, and the server rolls back.
  auto ended = co_await lease_.run(std::move(calls));
  static_cast<void>(ended.ok());
  co_return why;
}

awaitable<Result<Answers>> PostgresStore::begin(SyncKey key, std::vector<Call> asks) {
  std::vector<Call> calls{plain(begin_sql)};
  for (const std::string_view sql : {take_fence_sql, standing_sql}) {
    Call call{sql, postgres_member(key)};
    call.parameters.integer(column_integer(key.job.fence));
    calls.push_back(std::move(call));
  }
  const std::size_t before = calls.size();
  for (Call& ask : asks) {
    calls.push_back(std::move(ask));
  }
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return co_await give_up(std::move(answers.failure()));
  }
  if (auto why = refusal(answers->at(2), key.job.fence)) {
    co_return co_await give_up(std::move(*why));
  }
  answers->erase(answers->begin(), answers->begin() + static_cast<std::ptrdiff_t>(before));
  co_return answers;
}

awaitable<Result<Answers>> PostgresStore::finish(std::vector<Call> calls) {
  calls.push_back(plain("COMMIT"));
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return co_await give_up(std::move(answers.failure()));
  }
  co_return answers;
}

awaitable<Result<std::optional<queue::Cursor>>> PostgresStore::resume(SyncKey key) {
  std::vector<Call> calls{{resume_sql, postgres_member(key)}};
  calls[0].parameters.text(key.job.job.str());
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  std::optional<queue::Cursor> cursor;
  if (answers->at(0).rows() > 0) {
    cursor = queue::Cursor::parse(std::string(answers->at(0).text(0, 0)));
  }
  co_return cursor;
}

awaitable<Result<CommitReport>> PostgresStore::commit(std::shared_ptr<const PageCommit> commit) {
  PostgresPage page(*commit);
  std::vector<Call> asks;
  asks.push_back(page.ask());
  auto known = co_await begin(commit->key, std::move(asks));
  if (!known) {
    co_return std::move(known.failure());
  }
  page.decide(known->at(0));
  auto done = co_await finish(page.writes());
  if (!done) {
    co_return std::move(done.failure());
  }
  const CommitReport report = page.report();
  co_return report;
}

awaitable<Result<void>> PostgresStore::quarantine_page(std::shared_ptr<const BadPage> page) {
  auto begun = co_await begin(page->key, {});
  if (!begun) {
    co_return std::move(begun.failure());
  }
  const std::string_view raw = page->body.view().substr(0, limits::body_bytes_max);
  const std::string_view resource = to_string(page->resource);
  const std::vector<PostgresQuarantined> entries{{raw, page->reason, {}, resource, {}}};
  std::vector<Call> calls;
  calls.push_back(postgres_quarantine(page->key, page->at, entries));
  auto done = co_await finish(std::move(calls));
  if (!done) {
    co_return std::move(done.failure());
  }
  co_return Result<void>();
}

awaitable<Result<CloseReport>> PostgresStore::close(SyncClose close) {
  auto begun = co_await begin(close.key, {});
  if (!begun) {
    co_return std::move(begun.failure());
  }
  if (close.sweep && (close.coverage_complete || close.eob_complete)) {
    co_return co_await count_missed(close);
  }
  std::vector<Call> calls{{drop_cursor_sql, postgres_member(close.key)}};
  calls[0].parameters.text(close.key.job.job.str());
  if (close.sweep) {
    calls.push_back(postgres_swept(close));
  }
  auto done = co_await finish(std::move(calls));
  if (!done) {
    co_return std::move(done.failure());
  }
  co_return CloseReport{};
}

awaitable<Result<void>> PostgresStore::erase(SyncKey key, WallTime at) {
  auto begun = co_await begin(key, {});
  if (!begun) {
    co_return std::move(begun.failure());
  }
  std::vector<Call> calls;
  for (const std::string_view sql : erasures_beside_claims) {
    calls.push_back({sql, postgres_member(key)});
  }
  for (const std::string& sql : postgres_erasures()) {
    calls.push_back({sql, postgres_member(key)});
  }
  Call bury{bury_sql, postgres_member(key)};
  bury.parameters.integer(column_integer(key.job.fence)).text(format_exact_time(at));
  calls.push_back(std::move(bury));
  auto done = co_await finish(std::move(calls));
  if (!done) {
    co_return std::move(done.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::claims
