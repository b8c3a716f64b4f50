#include "tests/contract/postgres_database.hpp"

#include <stdexcept>

#include "common/async/awaitable.hpp"
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

std::unique_ptr<PostgresDatabase> PostgresDatabase::migrated() {
  static const std::string original = [] {
    PostgresDatabase first;
    if (const auto done = first.migrate(); !done) {
      throw std::runtime_error(done.failure().code + ": " + done.failure().detail);
    }
    return first.ask("SELECT current_database()")[0][0];
  }();
  std::string address = PostgresServer::shared().copy_database(original);
  return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(std::move(address)));
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

Result<postgres::Answers> PostgresDatabase::run(const std::string& sql, const std::string& user) {
  postgres::Connection connection(executor_of(io_));
  open_or_throw(io_, connection, login(user));
  std::vector<postgres::Call> calls{{sql, {}, false}};
  return contract::run(io_, connection.run(std::move(calls), deadline));
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
