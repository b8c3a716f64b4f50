#include "common/members/adapter/postgres_members.hpp"

#include "common/claims/adapter/postgres_failure.hpp"
#include "common/members/adapter/member_sql.hpp"
#include "common/members/enrolment_rules.hpp"

namespace claimferry::members {
namespace {

using postgres::Answer;
using postgres::Answers;
using postgres::Call;
using queue::SealedMember;

constexpr unsigned tables_since = 3;  // the migration that they are whole by

constexpr std::string_view ask_tables =
    "SELECT coalesce((SELECT value FROM meta WHERE key = 'schema'), '0'), "
    "to_regclass('member_token') IS NOT NULL AND "
    "coalesce(has_table_privilege(to_regclass('member_token'), 'INSERT'), false), current_user";
// Of two enrolments of one member at once, the second waits, also where neither finds a row yet.
constexpr std::string_view lock_member =
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 7236219847330))";
const std::string& ask_member() {
  static const std::string sql = "SELECT e.payer, e.state, e.fingerprint, " +
                                 ms_of("e.consented_at") + ", " + ms_of("e.erased_at") +
                                 " FROM enrolled_member e WHERE e.member = $1 FOR UPDATE";
  return sql;
}
// Locked, too: a refresh that is stored beside it would bring its version up.
constexpr std::string_view ask_tokens =
    "SELECT version, data_key FROM member_token WHERE member = $1 FOR UPDATE";
const std::string& put_member() {
  static const std::string sql =
      "INSERT INTO enrolled_member AS e (member, payer, state, record, changed_in, fingerprint, "
      "added_at, consented_at, consent_expires_at, consent_terms, token_life_ms, begun_at) "
      "VALUES ($1, $2, 'active', 1, pg_current_xact_id(), $3, " +
      time_of("$4") + ", " + time_of("$5") + ", " + time_of("$6") + ", $7, $8, " + time_of("$10") +
      ") ON CONFLICT (member) DO UPDATE SET payer = excluded.payer, state = 'active', "
      "record = e.record + 1, changed_in = pg_current_xact_id(), "
      "fingerprint = excluded.fingerprint, "
      "consented_at = CASE WHEN $9::bigint = 1 THEN excluded.consented_at ELSE e.consented_at END, "
      "consent_expires_at = CASE WHEN $9::bigint = 1 THEN excluded.consent_expires_at "
      "ELSE e.consent_expires_at END, consent_terms = CASE WHEN $9::bigint = 1 "
      "THEN excluded.consent_terms ELSE e.consent_terms END, "
      "token_life_ms = excluded.token_life_ms, begun_at = excluded.begun_at, left_at = NULL, "
      "erased_at = NULL, "
      "erase_fence = NULL, added_at = CASE WHEN e.state = 'erased' THEN excluded.added_at "
      "ELSE e.added_at END";
  return sql;
}
const std::string& put_tokens() {
  static const std::string sql =
      "INSERT INTO member_token AS t (member, payer, version, data_key, patient, refresh_token, "
      "access_token, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, nullif($7, ''), " +
      time_of("$8") + ", " + time_of("$9") +
      ") ON CONFLICT (member) DO UPDATE SET payer = excluded.payer, version = excluded.version, "
      "data_key = excluded.data_key, patient = excluded.patient, "
      "refresh_token = excluded.refresh_token, access_token = excluded.access_token, "
      "issued_at = excluded.issued_at, expires_at = excluded.expires_at, intent_fence = NULL, "
      "intent_at = NULL, intent_sends = NULL, intent_before = NULL";
  return sql;
}
constexpr std::string_view put_patient = "UPDATE member_token SET patient = $2 WHERE member = $1";
const std::string& find_member() {
  static const std::string sql =
      "SELECT " + row_columns() + " FROM enrolled_member WHERE member = $1";
  return sql;
}
const std::string& leave_member() {
  static const std::string sql =
      "UPDATE enrolled_member SET state = 'erasing', record = record + 1, "
      "changed_in = pg_current_xact_id(), erasure = NULL, left_at = " +
      time_of("$2") + " WHERE member = $1 AND state NOT IN ('erasing', 'erased')";
  return sql;
}
// What is erased leaves a tombstone: that there was somebody, and from when on nobody.
std::string forgotten(const std::string& column) {
  return column + " = CASE $2 WHEN 'erased' THEN NULL ELSE " + column + " END, ";
}
// Who is parked here was so by Redis' own word, and is active by a later one of its own.
// A member who leaves, leaves also where more is recorded than Redis knew; but an erasure that
// came to its end before a new consent is old news.
const std::string& record_state() {
  static const std::string sql =
      "UPDATE enrolled_member SET state = $2, record = greatest(record, $3) + 1, "
      "changed_in = pg_current_xact_id(), fingerprint = CASE $2 WHEN 'erased' THEN '' "
      "ELSE fingerprint END, " +
      forgotten("consented_at") + forgotten("consent_expires_at") + forgotten("consent_terms") +
      forgotten("token_life_ms") + forgotten("begun_at") + forgotten("last_ok_at") +
      forgotten("last_sweep_at") +
      "erasure = coalesce(nullif($4, ''), erasure), left_at = " + time_of("$5") +
      ", erased_at = " + time_of("$6") +
      ", erase_fence = nullif($7, '') WHERE member = $1 AND ((record <= $3 AND "
      "(state NOT IN ('erasing', 'erased') OR $2 IN ('erasing', 'erased'))) OR "
      "($2 = 'erasing' AND state IN ('active', 'reconsent') AND "
      "erasure IS DISTINCT FROM nullif($4, '')) OR "
      "($2 = 'erased' AND state = 'erasing' AND "
      "(erasure IS NULL OR erasure = nullif($4, ''))) OR "
      "($2 = 'active' AND state = 'reconsent')) RETURNING record";
  return sql;
}
const std::string& feed() {
  static const std::string sql =
      "SELECT " + row_columns() +
      ", changed_in::text FROM enrolled_member WHERE (changed_in, member) > "
      "($1::text::xid8, $2::text) AND changed_in < pg_snapshot_xmin(pg_current_snapshot()) "
      "ORDER BY changed_in, member LIMIT $3";
  return sql;
}
// After a restore from a dump, transactions have smaller numbers than those that made the rows.
constexpr std::string_view ask_whether_restored =
    "SELECT $1::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()), EXISTS (SELECT FROM "
    "enrolled_member WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot()))";
constexpr std::string_view renumber =
    "UPDATE enrolled_member SET changed_in = pg_current_xact_id() WHERE member IN (SELECT member "
    "FROM enrolled_member WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT 1000)";

Call call(std::string_view sql) {
  return {sql, {}};
}
Call call(std::string_view sql, const std::string& member) {
  Call made{sql, {}};
  made.parameters.text(member);
  return made;
}

std::optional<StandingMember> standing(const Answer& answer, const Answer& tokens) {
  if (answer.rows() == 0) {
    return std::nullopt;
  }
  StandingMember member;
  member.payer = answer.text(0, 0);
  member.state = answer.text(0, 1);
  member.fingerprint = answer.text(0, 2);
  member.consented_at = time_in(answer, 0, 3);
  member.erased_at = time_in(answer, 0, 4);
  if (tokens.rows() > 0) {
    member.token_version = static_cast<std::uint64_t>(tokens.integer(0, 0));
    member.data_key = tokens.text(0, 1);
  }
  return member;
}

EnrolmentRequest request_of(const SealedMember& member) {
  EnrolmentRequest request{member.payer.str(),  member.fingerprint, member.begun_at,
                           member.seen_version, std::nullopt,       std::nullopt};
  if (member.consent) {
    request.consent_given_at = member.consent->given_at;
  }
  if (member.known) {
    request.known_data_key = member.known->data_key;
  }
  return request;
}

Call consent_call(const SealedMember& member, const EnrolmentDecision& decision, WallTime at) {
  Call made = call(put_member(), member.member.str());
  std::optional<WallTime> ends;
  if (member.consent) {
    ends = member.consent->expires_at;
  } else if (member.consent_lasts) {
    ends = at + *member.consent_lasts;
  }
  made.parameters.text(member.payer.str()).text(member.fingerprint);
  put_time(made.parameters, at);
  put_time(made.parameters, member.consent ? member.consent->given_at : at);
  put_time(made.parameters, ends);
  made.parameters.array(terms_of(member.consent));
  if (member.refresh_token_life) {
    made.parameters.integer(member.refresh_token_life->count());
  } else {
    made.parameters.null();
  }
  // Handed in by other means, a refresh token that is known says nothing of a consent.
  made.parameters.integer(decision.is_consent || !decision.is_known ? 1 : 0);
  put_time(made.parameters, member.begun_at);
  return made;
}

Call tokens_call(const SealedMember& member, const EnrolmentDecision& decision,
                 std::uint64_t version) {
  if (!decision.brings_tokens) {
    Call made = call(put_patient, member.member.str());
    made.parameters.text(member.known->sealed_patient);
    return made;
  }
  Call made = call(put_tokens(), member.member.str());
  made.parameters.text(member.payer.str()).integer(static_cast<std::int64_t>(version + 1));
  made.parameters.text(member.data_key).text(member.sealed_patient);
  made.parameters.text(member.sealed_refresh_token).text(member.sealed_access_token);
  put_time(made.parameters, member.access_issued_at);
  put_time(made.parameters, member.access_expires_at);
  return made;
}

Failure no_rights(const std::string& whom) {
  return {
      FailureKind::permanent, "sink_schema",
      "the database's user may not write members; run there: GRANT claimferry_enroller " + whom};
}

std::string place_of(const Answer& answer, std::size_t row) {
  return std::string(answer.text(row, row_width)) + " " + std::string(answer.text(row, 0));
}

}  // namespace

awaitable<Result<void>> PostgresMembers::open() {
  std::vector<Call> ask{call(ask_tables)};
  ask[0].prepared = false;
  auto answers = co_await run_calls(pool_, std::move(ask));
  if (!answers) {
    const bool may_not_ask = answers.failure().code == "sink_rights";
    co_return may_not_ask ? no_rights("to it") : std::move(answers.failure());
  }
  const Answer& answer = answers->at(0);
  if (number_in(answer.text(0, 0)) < tables_since) {
    co_return Failure{FailureKind::permanent, "sink_schema",
                      "the database has no tables of members yet; run claimferry db migrate"};
  }
  if (!answer.flag(0, 1)) {
    co_return no_rights("TO " + std::string(answer.text(0, 2)));
  }
  co_return Result<void>();
}

awaitable<Result<PostgresMembers::Enrolled>> PostgresMembers::enrol(SealedMember member,
                                                                    WallTime at) {
  auto lease = co_await postgres::Pool::lease(pool_);
  if (!lease) {
    co_return claims::sink_failure(lease.failure());
  }
  std::vector<Call> begin{call("BEGIN"), call(lock_member, member.member.str()),
                          call(ask_member(), member.member.str()),
                          call(ask_tokens, member.member.str())};
  auto begun = co_await lease->run(std::move(begin));
  if (!begun) {
    co_return claims::sink_failure(begun.failure());
  }
  const std::optional<StandingMember> known = standing(begun->at(2), begun->at(3));
  const auto decision = decide_enrolment(known, request_of(member));
  if (!decision) {
    std::vector<Call> end{call("ROLLBACK")};
    const auto ended = co_await lease->run(std::move(end));
    static_cast<void>(ended);  // else the transaction ends with its connection
    co_return decision.failure();
  }
  const std::uint64_t version = known ? known->token_version : 0;
  std::vector<Call> rest{consent_call(member, *decision, at),
                         tokens_call(member, *decision, version),
                         call(find_member(), member.member.str()), call("COMMIT")};
  auto done = co_await lease->run(std::move(rest));
  if (!done) {
    co_return claims::sink_failure(done.failure());
  }
  Enrolled enrolled{row_in(done->at(2), 0), decision->brings_tokens, known ? known->state : ""};
  co_return enrolled;
}

awaitable<Result<std::optional<MirrorRow>>> PostgresMembers::leave(MemberId member, WallTime at) {
  std::vector<Call> calls{call(leave_member(), member.str()),
                          call(drop_tokens_of_leaver, member.str()),
                          call(find_member(), member.str())};
  put_time(calls[0].parameters, at);
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const Answer& found = answers->at(2);
  std::optional<MirrorRow> row;
  if (found.rows() > 0 && found.text(0, 2) == "erasing") {
    row = row_in(found, 0);
  }
  co_return row;
}

awaitable<Result<std::optional<MirrorRow>>> PostgresMembers::find(std::string member) {
  std::vector<Call> calls{call(find_member(), member)};
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  std::optional<MirrorRow> row;
  if (answers->at(0).rows() > 0) {
    row = row_in(answers->at(0), 0);
  }
  co_return row;
}

awaitable<Result<std::vector<std::optional<std::uint64_t>>>> PostgresMembers::record(
    std::vector<StateNote> notes) {
  std::vector<Call> calls;
  for (const StateNote& note : notes) {
    Call made = call(record_state(), note.member);
    made.parameters.text(note.state).integer(static_cast<std::int64_t>(number_in(note.record)));
    made.parameters.text(note.erasure).text(note.left_at).text(note.erased_at);
    made.parameters.text(note.erase_fence);
    calls.push_back(std::move(made));
    calls.push_back(call(drop_tokens_of_leaver, note.member));
    calls.push_back(call("SELECT record FROM enrolled_member WHERE member = $1", note.member));
  }
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  std::vector<std::optional<std::uint64_t>> records;
  for (std::size_t at = 0; at < notes.size(); ++at) {
    const Answer& took = answers->at(3 * at);
    const bool is_known = answers->at(3 * at + 2).rows() > 0;
    if (took.rows() > 0) {
      records.emplace_back(static_cast<std::uint64_t>(took.integer(0, 0)));
    } else if (!is_known) {
      records.emplace_back(0);
    } else {
      records.emplace_back(std::nullopt);
    }
  }
  co_return records;
}

awaitable<Result<PostgresMembers::Feed>> PostgresMembers::changes_after(std::string place,
                                                                        unsigned count_max) {
  const auto space = place.find(' ');
  std::string transaction = place.empty() ? "0" : place.substr(0, space);
  std::vector<Call> ask{call(ask_whether_restored, transaction)};
  auto restored = co_await run_calls(pool_, std::move(ask));
  if (!restored) {
    co_return std::move(restored.failure());
  }
  std::vector<Call> calls;
  if (restored->at(0).flag(0, 1)) {
    calls.push_back(call(renumber));
    auto renumbered = co_await run_calls(pool_, std::move(calls));
    if (!renumbered) {
      co_return std::move(renumbered.failure());
    }
    Feed later{{}, std::move(place), true};
    co_return later;
  }
  const bool begins = place.empty() || restored->at(0).flag(0, 0);
  calls.push_back(call(feed(), begins ? "0" : transaction));
  calls.back().parameters.text(begins ? "" : place.substr(space + 1)).integer(count_max);
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const Answer& rows = answers->back();
  Feed changes{{}, begins ? "" : place, rows.rows() == count_max};
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    changes.rows.push_back(row_in(rows, row));
    changes.place = place_of(rows, row);
  }
  co_return changes;
}

}  // namespace claimferry::members
