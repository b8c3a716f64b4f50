// PostgresDatabase: a fresh database on a PostgresServer, with or without claimferry's tables, and
// questions to it beside the sink.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/claims/adapter/postgres_schema.hpp"
#include "tests/contract/postgres_server.hpp"

namespace claimferry::contract {

using Rows = std::vector<std::vector<std::string>>;  // NULL is "-"

class PostgresDatabase {
 public:
  explicit PostgresDatabase(PostgresServer& server = PostgresServer::shared());
  // With this release's tables. Where the server was begun with such a one, the first caller has it
  // at once.
  static std::unique_ptr<PostgresDatabase> migrated(
      PostgresServer& server = PostgresServer::shared());

  // The same one for every test of a program whose tests run in one process, without a row: where
  // no test changes the tables themselves.
  static PostgresDatabase& emptied();

  postgres::Login login(const std::string& user = "postgres") const;
  Result<std::vector<claims::PostgresMigration>> migrate(bool apply = true);
  // A user of the server's who has the rights of a role.
  void make_user(const std::string& user, const std::string& role);
  // One statement; throws std::runtime_error with the failure's code where it is refused.
  Rows ask(const std::string& sql, const std::string& user = "postgres");
  // The failure's code of a statement that must be refused; empty: it was not.
  std::string refusal(const std::string& sql, const std::string& user);

 private:
  friend void make_migrated_database(PostgresServer& server);
  explicit PostgresDatabase(std::string address) : address_(std::move(address)) {}
  Result<postgres::Answers> run(const std::string& sql, const std::string& user);

  std::string address_;
  boost::asio::io_context io_;
  std::map<std::string, std::unique_ptr<postgres::Connection>> connections_;  // by user
};

// What a server's database with this release's tables is called, and how it is made.
std::string migrated_database();
void make_migrated_database(PostgresServer& server);

}  // namespace claimferry::contract
