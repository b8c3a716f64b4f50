// The judge on PostgreSQL: asks by SQL of its own, through libpq, what the sink holds, and puts it
// into a private SQLite database, so that one judge serves both. An amount counts as held where its
// text and its exact numeric are one number.
#include <array>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "tests/sandbox/judge/exact.hpp"
#include "tests/sandbox/judge/judge.hpp"

namespace claimferry::sandbox {
namespace {

// A table of the judge's, and what fills it. Of columns named X and X_num only X goes in.
struct Copy {
  const char* create;
  const char* insert;
  const char* select;
};

constexpr auto copies = std::to_array<Copy>({
    {"CREATE TABLE resource_current (member, resource_type, resource_id, content_hash, raw)",
     "INSERT INTO resource_current VALUES (?, ?, ?, ?, ?)",
     "SELECT member, resource_type, resource_id, content_hash, raw FROM resource_version "
     "WHERE valid_to IS NULL AND absent_at IS NULL"},
    {"CREATE TABLE resource_version (payer, member, resource_type, resource_id, "
     "version INTEGER, content_hash, absent_at)",
     "INSERT INTO resource_version VALUES (?, ?, ?, ?, ?, ?, ?)",
     "SELECT payer, member, resource_type, resource_id, version::text, content_hash, "
     "absent_at::text FROM resource_version"},
    {"CREATE TABLE claim_current (member, eob_id, claim_type, status, billable_start, patient_ref, "
     "submitted, allowed, paid, member_liability)",
     "INSERT INTO claim_current VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     "SELECT member, eob_id, claim_type, status, billable_start, patient_ref, submitted, "
     "submitted_num::text, allowed, allowed_num::text, paid, paid_num::text, member_liability, "
     "member_liability_num::text FROM claim_current"},
    {"CREATE TABLE claim_line_current (member, eob_id, path, line_sequence, submitted, allowed, "
     "paid, member_liability)",
     "INSERT INTO claim_line_current VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
     "SELECT member, eob_id, path, line_sequence::text, submitted, submitted_num::text, allowed, "
     "allowed_num::text, paid, paid_num::text, member_liability, member_liability_num::text "
     "FROM claim_line_current"},
    {"CREATE TABLE coverage_current (member, coverage_id, status, type_code, subscriber_id, "
     "period_start, period_end)",
     "INSERT INTO coverage_current VALUES (?, ?, ?, ?, ?, ?, ?)",
     "SELECT member, coverage_id, status, type_code, subscriber_id, period_start, period_end "
     "FROM coverage_current"},
});

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("cannot read the sink: " + what);
}

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;
using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Session connect(const std::string& address) {
  Session session(PQconnectdb(address.c_str()), PQfinish);
  if (PQstatus(session.get()) != CONNECTION_OK) {
    fail(PQerrorMessage(session.get()));
  }
  // One state for all that is asked.
  const Rows begun(PQexec(session.get(), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                   PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COMMAND_OK) {
    fail(PQerrorMessage(session.get()));
  }
  return session;
}

void execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(sqlite3_errmsg(database));
  }
}

// "" as well as NULL come out as nothing, as of a SQLite sink.
std::string text_at(const PGresult* row, int column) {
  return {PQgetvalue(row, 0, column), static_cast<std::size_t>(PQgetlength(row, 0, column))};
}

bool is_numeric_of(const PGresult* row, int column) {
  const std::string name = PQfname(row, column);
  return column > 0 && name.ends_with("_num");
}

// What goes into the judge's table: an amount that its numeric contradicts is no number.
std::string value_at(const PGresult* row, int column, int columns) {
  std::string value = text_at(row, column);
  const bool has_numeric = column + 1 < columns && is_numeric_of(row, column + 1);
  if (has_numeric && !same_amount(value, text_at(row, column + 1))) {
    value += " and " + text_at(row, column + 1);
  }
  return value;
}

void insert(sqlite3_stmt* statement, const PGresult* row) {
  const int columns = PQnfields(row);
  int place = 0;
  for (int column = 0; column < columns; ++column) {
    if (is_numeric_of(row, column)) {
      continue;
    }
    const std::string value = value_at(row, column, columns);
    ++place;
    if (!value.empty()) {
      sqlite3_bind_text(statement, place, value.data(), static_cast<int>(value.size()),
                        SQLITE_TRANSIENT);
    }
  }
  if (sqlite3_step(statement) != SQLITE_DONE) {
    fail("the judge's own tables take no more");
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

void copy(PGconn* session, sqlite3* database, const Copy& what) {
  execute(database, what.create);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database, what.insert, -1, &prepared, nullptr) != SQLITE_OK) {
    fail(sqlite3_errmsg(database));
  }
  const Statement statement(prepared, sqlite3_finalize);
  constexpr int binary = 1;
  if (PQsendQueryParams(session, what.select, 0, nullptr, nullptr, nullptr, nullptr, binary) != 1 ||
      PQsetSingleRowMode(session) != 1) {
    fail(PQerrorMessage(session));
  }
  while (PGresult* next = PQgetResult(session)) {
    const Rows row(next, PQclear);
    const ExecStatusType status = PQresultStatus(row.get());
    if (status == PGRES_SINGLE_TUPLE) {
      insert(statement.get(), row.get());
    } else if (status != PGRES_TUPLES_OK) {
      fail(PQresultErrorMessage(row.get()));
    }
  }
}

}  // namespace

Verdict judge_postgres(const std::string& address, const std::vector<LedgerMember>& ledger) {
  const Session session = connect(address);
  sqlite3* opened = nullptr;
  // Without a name: private, on disk where it grows, gone when it is closed.
  if (sqlite3_open("", &opened) != SQLITE_OK) {
    fail("no room for the judge's own tables");
  }
  const Database database(opened, sqlite3_close);
  execute(database.get(), "BEGIN");
  for (const Copy& what : copies) {
    copy(session.get(), database.get(), what);
  }
  execute(database.get(), "COMMIT");
  return judge_tables(database.get(), ledger);
}

}  // namespace claimferry::sandbox
