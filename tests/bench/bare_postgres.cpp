#include "tests/bench/bare_postgres.hpp"

#include <chrono>
#include <stdexcept>

#include <libpq-fe.h>

#include "common/claims/tables/table.hpp"

namespace claimferry::bench {
namespace {

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Outcome = std::unique_ptr<PGresult, decltype(&PQclear)>;

void check(bool fits, PGconn* session) {
  if (!fits) {
    throw std::runtime_error(PQerrorMessage(session));
  }
}

Session open(const std::string& address) {
  Session session(PQconnectdb(address.c_str()), PQfinish);
  check(PQstatus(session.get()) == CONNECTION_OK, session.get());
  return session;
}

Outcome run(PGconn* session, const std::string& sql, ExecStatusType expected) {
  Outcome outcome(PQexec(session, sql.c_str()), PQclear);
  check(PQresultStatus(outcome.get()) == expected, session);
  return outcome;
}

// COPY … TO STDOUT, as it comes.
std::string copy_out(PGconn* session, const std::string& select, std::uint64_t& rows) {
  run(session, "COPY (" + select + ") TO STDOUT", PGRES_COPY_OUT);
  std::string text;
  char* piece = nullptr;
  for (int size = PQgetCopyData(session, &piece, 0); size > 0;
       size = PQgetCopyData(session, &piece, 0)) {
    text.append(piece, static_cast<std::size_t>(size));
    PQfreemem(piece);
    ++rows;
  }
  const Outcome end(PQgetResult(session), PQclear);
  check(PQresultStatus(end.get()) == PGRES_COMMAND_OK, session);
  while (PGresult* rest = PQgetResult(session)) {
    PQclear(rest);
  }
  return text;
}

void copy_in(PGconn* session, const std::string& table, const std::string& text) {
  run(session, "COPY " + table + " FROM STDIN", PGRES_COPY_IN);
  check(PQputCopyData(session, text.data(), static_cast<int>(text.size())) == 1, session);
  check(PQputCopyEnd(session, nullptr) == 1, session);
  while (PGresult* next = PQgetResult(session)) {
    const Outcome outcome(next, PQclear);
    check(PQresultStatus(next) == PGRES_COMMAND_OK, session);
  }
}

struct Table {
  std::string name;
  std::string id;
  std::string waiting;  // in COPY's form
};

}  // namespace

struct BarePostgres::Tables {
  Session from;
  Session to;
  std::vector<Table> all;
  Way way;

  Tables(const std::string& source, const std::string& target, Way chosen)
      : from(open(source)), to(open(target)), way(chosen) {
    all.push_back({"resource_version", "resource_id", {}});
    for (const claims::Table& table : claims::tables()) {
      all.push_back({table.name, table.id_name, {}});
    }
    all.push_back({"extension_kv", "resource_id", {}});
    for (const Table& table : all) {
      run(to.get(),
          "CREATE TEMPORARY TABLE new_" + table.name + " (LIKE " + table.name +
              ") ON COMMIT DELETE ROWS",
          PGRES_COMMAND_OK);
    }
  }

  void write(const Table& table) {
    if (way == Way::straight) {
      copy_in(to.get(), table.name, table.waiting);
      return;
    }
    copy_in(to.get(), "new_" + table.name, table.waiting);
    run(to.get(), "INSERT INTO " + table.name + " SELECT * FROM new_" + table.name,
        PGRES_COMMAND_OK);
  }

  void write(const StoredPage& page) {
    run(to.get(), "BEGIN", PGRES_COMMAND_OK);
    run(to.get(),
        "INSERT INTO member_fence VALUES ('aetna', '" + page.member +
            "', 1) ON CONFLICT (payer, member) DO UPDATE SET fence = excluded.fence",
        PGRES_COMMAND_OK);
    for (const Table& table : all) {
      if (!table.waiting.empty()) {
        write(table);
      }
    }
    run(to.get(),
        "INSERT INTO cursor VALUES ('aetna', '" + page.member +
            "', 'j1', 'https://payer.example/next') ON CONFLICT (payer, member, job) DO UPDATE "
            "SET cursor = excluded.cursor",
        PGRES_COMMAND_OK);
    run(to.get(), "COMMIT", PGRES_COMMAND_OK);
  }
};

BarePostgres::BarePostgres(const std::string& from, const std::string& to, Way way)
    : tables_(std::make_unique<Tables>(from, to, way)) {}

BarePostgres::~BarePostgres() = default;

void BarePostgres::store(const StoredPage& page) {
  std::string ids;
  for (const std::string& id : page.ids) {
    ids += (ids.empty() ? "'" : ", '") + id + "'";
  }
  for (Table& table : tables_->all) {
    table.waiting =
        copy_out(tables_->from.get(),
                 "SELECT * FROM " + table.name + " WHERE payer = 'aetna' AND member = '" +
                     page.member + "' AND " + table.id + " IN (" + ids + ")",
                 rows_);
  }
  const auto begun = std::chrono::steady_clock::now();
  tables_->write(page);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  seconds_ += took.count();
}

}  // namespace claimferry::bench
