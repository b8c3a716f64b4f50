#include "common/claims/adapter/postgres_schema.hpp"

#include "common/claims/adapter/postgres_failure.hpp"

namespace claimferry::claims {
namespace {

using postgres::Answers;
using postgres::Call;
using postgres::Connection;

constexpr Duration migration_deadline = std::chrono::minutes(30);
constexpr std::int64_t oldest_server = 130'000;

constexpr std::string_view ask_database =
    "SELECT to_regclass('meta') IS NOT NULL, current_setting('server_encoding'), "
    "current_setting('server_version_num'), current_database()";
constexpr std::string_view ask_version =
    "SELECT (SELECT value FROM meta WHERE key = 'schema'), "
    "(SELECT value FROM meta WHERE key = 'works_from'), "
    "has_table_privilege('resource_version', 'INSERT'), current_user, "
    "coalesce(has_table_privilege(to_regclass('enrolled_member'), 'UPDATE'), false)";

Call call(std::string_view sql) {
  return {sql, {}, false};
}

template <class... Sql>
std::vector<Call> calls(Sql... sql) {
  return {call(sql)...};
}

Failure refused(std::string detail) {
  return {FailureKind::permanent, "sink_schema", std::move(detail)};
}

Result<void> fits(const postgres::Answer& database) {
  const std::string name(database.text(0, 3));
  if (database.text(0, 1) != "UTF8") {
    return refused("the database " + name + " is not of encoding UTF8; make one that is");
  }
  if (database.integer(0, 2) < oldest_server) {
    return refused("the server of " + name + " is older than PostgreSQL 13; take a later one");
  }
  return {};
}

// Class 42 of SQLSTATEs: there is no such column, or no right to it.
Failure failed_to_ask(const Failure& why) {
  if (why.code == "postgres_42501") {
    return refused(
        "the database's user may not read its table meta; GRANT claimferry_worker to it");
  }
  if (why.code.starts_with("postgres_42")) {
    return refused("the database has a table meta that is not claimferry's; name another database");
  }
  return sink_failure(why);
}

struct Versions {
  unsigned schema = 0;
  unsigned works_from = 0;
};

Versions versions_of(const postgres::Answer& answer) {
  return {static_cast<unsigned>(answer.integer(0, 0)), static_cast<unsigned>(answer.integer(0, 1))};
}

Result<void> fits(const Versions& versions) {
  if (versions.schema < postgres_schema_version()) {
    return refused("the database is of schema version " + std::to_string(versions.schema) +
                   ", this release's is " + std::to_string(postgres_schema_version()) +
                   "; run claimferry db migrate");
  }
  if (versions.works_from > postgres_schema_version()) {
    return refused("the database is of schema version " + std::to_string(versions.schema) +
                   ", which this release cannot write to; install the release that migrated it");
  }
  return {};
}

// Within the transaction that holds the migrations' lock.
awaitable<Result<Versions>> versions_under_lock(std::shared_ptr<Connection> connection) {
  auto begin = calls("BEGIN", "SELECT pg_advisory_xact_lock(7236219847329)",
                     "SET LOCAL lock_timeout = '5s'", ask_database);
  auto begun = co_await connection->run(std::move(begin), migration_deadline);
  if (!begun) {
    co_return sink_failure(begun.failure());
  }
  if (auto fit = fits(begun->at(3)); !fit) {
    co_return std::move(fit.failure());
  }
  if (!begun->at(3).flag(0, 0)) {
    co_return Versions{};
  }
  auto ask = calls(ask_version);
  auto known = co_await connection->run(std::move(ask), migration_deadline);
  if (!known) {
    co_return failed_to_ask(known.failure());
  }
  const Versions versions = versions_of(known->at(0));
  co_return versions;
}

Failure failed_to_apply(const Failure& why) {
  if (why.code == "postgres_55P03") {
    return {FailureKind::local, "sink_busy",
            "a worker or a query holds a table for longer than 5 seconds; nothing was changed, run "
            "it again"};
  }
  if (why.code == "postgres_42501") {
    return refused(
        "the user lacks the rights to migrate; name the owner of the database with --url, and let "
        "a superuser create the roles claimferry_worker, claimferry_reader and claimferry_auditor "
        "where it has no CREATEROLE");
  }
  return sink_failure(why);
}

awaitable<Result<void>> apply_all(std::shared_ptr<Connection> connection,
                                  std::vector<PostgresMigration> pending) {
  std::vector<Call> steps;
  for (const PostgresMigration& migration : pending) {
    for (const std::string& statement : migration.statements) {
      steps.push_back(call(statement));
    }
    for (const auto& [key, number] :
         {std::pair{"schema", migration.version}, std::pair{"works_from", migration.works_from}}) {
      Call note = call(
          "INSERT INTO meta (key, value) VALUES ($1, $2) "
          "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
      note.parameters.text(key).text(std::to_string(number));
      steps.push_back(std::move(note));
    }
  }
  steps.push_back(call("COMMIT"));
  auto applied = co_await connection->run(std::move(steps), migration_deadline);
  if (!applied) {
    co_return failed_to_apply(applied.failure());
  }
  co_return Result<void>();
}

}  // namespace

awaitable<Result<PostgresRights>> postgres_rights(postgres::Pool::Lease lease) {
  auto ask = calls(ask_database);
  auto database = co_await lease.run(std::move(ask));
  if (!database) {
    co_return sink_failure(database.failure());
  }
  if (auto fit = fits(database->at(0)); !fit) {
    co_return std::move(fit.failure());
  }
  if (!database->at(0).flag(0, 0)) {
    co_return refused("the database has no tables of claimferry's; run claimferry db migrate");
  }
  auto ask_more = calls(ask_version);
  auto known = co_await lease.run(std::move(ask_more));
  if (!known) {
    co_return failed_to_ask(known.failure());
  }
  const postgres::Answer& row = known->at(0);
  if (auto fit = fits(versions_of(row)); !fit) {
    co_return std::move(fit.failure());
  }
  PostgresRights rights{std::string(row.text(0, 3)), row.flag(0, 2), row.flag(0, 4)};
  co_return rights;
}

awaitable<Result<void>> check_postgres_schema(postgres::Pool::Lease lease) {
  auto rights = co_await postgres_rights(std::move(lease));
  if (!rights) {
    co_return std::move(rights.failure());
  }
  if (!rights->writes_claims) {
    co_return refused("the database's user may not write; run there: GRANT claimferry_worker TO " +
                      rights->user);
  }
  co_return Result<void>();
}

awaitable<Result<std::vector<PostgresMigration>>> migrate_postgres(
    std::shared_ptr<Connection> connection, bool apply) {
  auto versions = co_await versions_under_lock(connection);
  if (!versions) {
    co_return std::move(versions.failure());
  }
  if (versions->works_from > postgres_schema_version()) {
    co_return std::move(fits(*versions).failure());
  }
  std::vector<PostgresMigration> pending;
  for (const PostgresMigration& migration : postgres_migrations()) {
    if (migration.version > versions->schema) {
      pending.push_back(migration);
    }
  }
  if (!apply || pending.empty()) {
    auto end = calls("ROLLBACK");
    auto ended = co_await connection->run(std::move(end), migration_deadline);
    if (!ended) {
      co_return sink_failure(ended.failure());
    }
    co_return pending;
  }
  auto applied = co_await apply_all(connection, pending);
  if (!applied) {
    co_return std::move(applied.failure());
  }
  co_return pending;
}

}  // namespace claimferry::claims
