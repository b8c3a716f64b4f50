// claimferry db: the tables of a PostgreSQL sink.
#include <cstdio>

#include "common/claims/adapter/postgres_schema.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/db_text.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

constexpr Duration connect_deadline = std::chrono::seconds(30);

struct Options {
  bool dry_run = false;
  std::string url;  // instead of sink.url
  std::string password_file;
};

postgres::Login login_of(const Context& context, const Options& options) {
  config::SinkConfig sink = load_config(context, {"sink.password_file"}).sink;
  if (sink.kind != "postgres") {
    throw CommandFailed{program::refused, "sink.kind is " + sink.kind + ", whose " +
                                              (sink.kind == "ndjson" ? "directory" : "tables") +
                                              " its workers make; db migrate is for postgres"};
  }
  if (!options.url.empty()) {
    sink.url = options.url;
    sink.password_file.clear();
  }
  if (!options.password_file.empty()) {
    sink.password_file = options.password_file;
  }
  auto login = program::postgres_login(sink);
  if (!login) {
    const std::string setting = options.url.empty() ? "sink.url " : "--url ";
    throw CommandFailed{program::usage, setting + login.failure().detail};
  }
  return std::move(*login);
}

using Migrations = std::vector<claims::PostgresMigration>;

awaitable<std::optional<Result<Migrations>>> migrate(Executor executor, postgres::Login login,
                                                     bool apply) {
  auto connection = std::make_shared<postgres::Connection>(std::move(executor));
  auto opened = co_await connection->open(std::move(login), connect_deadline);
  if (!opened) {
    co_return std::move(opened.failure());
  }
  co_return co_await claims::migrate_postgres(std::move(connection), apply);
}

Result<Migrations> migrate_now(const postgres::Login& login, bool apply) {
  boost::asio::io_context io(1);
  std::optional<Result<Migrations>> done;
  boost::asio::co_spawn(
      io, migrate(executor_of(io), login, apply),
      [&done](std::exception_ptr error, std::optional<Result<Migrations>> result) {
        if (error) {
          std::rethrow_exception(error);
        }
        done = std::move(result);
      });
  io.run();
  return std::move(*done);
}

void run_migrations(const Context& context, const Options& options) {
  const postgres::Login login = login_of(context, options);
  const auto done = migrate_now(login, !options.dry_run);
  if (!done) {
    const Failure& why = done.failure();
    throw CommandFailed{
        why.kind == FailureKind::permanent ? program::refused : program::unreachable, why.detail};
  }
  std::fputs(context.json ? migrations_json(*done, options.dry_run).c_str()
                          : migrations_text(*done, options.dry_run).c_str(),
             stdout);
}

}  // namespace

void add_db_commands(CLI::App& app, Context& context) {
  CLI::App* db = app.add_subcommand("db", "the tables of a PostgreSQL sink")->require_subcommand(1);
  add_adopt_command(*db, context);
  CLI::App* migrate =
      db->add_subcommand("migrate", "bring the tables to this release's schema, forward only");
  auto options = std::make_shared<Options>();
  migrate->add_flag("--dry-run", options->dry_run,
                    "print the statements that would run; change nothing");
  migrate->add_option("--url", options->url,
                      "the database by its owner, instead of sink.url; without a password");
  migrate->add_option("--password-file", options->password_file,
                      "of that user; its first line, mode 0600");
  migrate->footer(
      "Workers go on meanwhile. It makes the roles claimferry_worker, claimferry_reader and\n"
      "claimferry_auditor, which are then granted to users: GRANT claimferry_worker TO worker");
  migrate->callback([&context, options] {
    context.run = [&context, options] { run_migrations(context, *options); };
  });
}

}  // namespace claimferry::ctl
