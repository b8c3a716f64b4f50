#include "tests/contract/postgres_database.hpp"

#include <stdexcept>

#include "common/async/awaitable.hpp"
#include "common/base/digest.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::contract {
namespace {

constexpr Duration deadline = std::chrono::seconds(60);

void open_or_throw(boost::asio::io_context& io, postgres::Connection& connection,
                   const postgres::Login& login) {
  const auto opened = run(io, connection.open(login, deadline));
  if (!opened) {
    throw std::runtime_error(opened.failure().code + ": " + opened.failure().detail);
  }
}

}  // namespace

PostgresDatabase::PostgresDatabase(PostgresServer& server) : address_(server.make_database()) {}

std::unique_ptr<PostgresDatabase> PostgresDatabase::migrated(PostgresServer& server) {
  PostgresDatabase any(server.address("postgres"));
  const std::string name = "migrated" + std::to_string(server.next_number());
  // The first one takes it for its own: a copy would cost as much as tables made anew.
  const bool taken =
      any.refusal("ALTER DATABASE " + migrated_database() + " RENAME TO " + name, "postgres")
          .empty();
  if (taken) {
    return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(server.address(name)));
  }
  auto made = std::make_unique<PostgresDatabase>(server);
  if (!made->migrate()) {
    throw std::runtime_error("the tables cannot be made");
  }
  return made;
}

PostgresDatabase& PostgresDatabase::emptied() {
  static const auto shared = migrated();
  shared->ask(
      "DO $$ DECLARE name text; BEGIN FOR name IN SELECT relname FROM pg_class WHERE "
      "relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'meta' AND "
      "relnamespace = 'public'::regnamespace LOOP EXECUTE 'DELETE FROM ' || name; END LOOP; END "
      "$$");
  return *shared;
}

std::string migrated_database() {
  std::string all;
  for (const claims::PostgresMigration& migration : claims::postgres_migrations()) {
    for (const std::string& statement : migration.statements) {
      all += statement + "\n";
    }
  }
  return "migrated_" + to_hex(sha256(all)).substr(0, 16);
}

void make_migrated_database(PostgresServer& server) {
  PostgresDatabase made(server.make_database(migrated_database()));
  if (!made.migrate()) {
    throw std::runtime_error("the tables cannot be made");
  }
}

postgres::Login PostgresDatabase::login(const std::string& user) const {
  return {postgres::Address::parse(PostgresServer::as_user(address_, user)).value(), Secret()};
}

Result<std::vector<claims::PostgresMigration>> PostgresDatabase::migrate(bool apply) {
  auto connection = std::make_shared<postgres::Connection>(executor_of(io_));
  open_or_throw(io_, *connection, login());
  return contract::run(io_, claims::migrate_postgres(connection, apply));
}

void PostgresDatabase::make_user(const std::string& user, const std::string& role) {
  ask("DO $$ BEGIN CREATE ROLE " + user +
      " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  ask("GRANT " + role + " TO " + user);
}

// A session is a process of the server's: each user's is kept.
Result<postgres::Answers> PostgresDatabase::run(const std::string& sql, const std::string& user) {
  auto& connection = connections_[user];
  if (connection == nullptr || !connection->usable()) {
    connection = std::make_unique<postgres::Connection>(executor_of(io_));
    open_or_throw(io_, *connection, login(user));
  }
  std::vector<postgres::Call> calls{{sql, {}, false}};
  return contract::run(io_, connection->run(std::move(calls), deadline));
}

Rows PostgresDatabase::ask(const std::string& sql, const std::string& user) {
  auto answers = run(sql, user);
  if (!answers) {
    throw std::runtime_error(answers.failure().code + ": " + sql);
  }
  const postgres::Answer& answer = answers->at(0);
  Rows rows;
  for (std::size_t row = 0; row < answer.rows(); ++row) {
    rows.emplace_back();
    for (std::size_t column = 0; column < answer.columns(); ++column) {
      rows.back().push_back(answer.is_null(row, column) ? "-"
                                                        : std::string(answer.text(row, column)));
    }
  }
  return rows;
}

std::string PostgresDatabase::refusal(const std::string& sql, const std::string& user) {
  auto answers = run(sql, user);
  return answers ? "" : answers.failure().code;
}

}  // namespace claimferry::contract
