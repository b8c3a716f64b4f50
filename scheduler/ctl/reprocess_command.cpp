// claimferry reprocess: the rows of claims anew from the raw bytes in the sink.
#include <cstdio>
#include <iostream>

#include "common/claims/adapter/postgres_sink.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/local_run.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

// The sink that is configured, opened.
std::unique_ptr<claims::ClaimRebuild> open_sink(const config::SinkConfig& config, LocalRun& local,
                                                const Clock& clock, Random& random) {
  if (config.kind == "sqlite") {
    auto sink = std::make_unique<claims::SqliteSink>(config.path, clock);
    value_or_end(local.run(sink->open()));
    return sink;
  }
  auto login = program::postgres_login(config);
  if (!login) {
    throw CommandFailed{program::usage, login.failure().detail};
  }
  postgres::Pool::Options options;
  options.connections_max = 1;
  options.statement_timeout = config.statement_timeout;
  auto sink = std::make_unique<claims::PostgresSink>(executor_of(local.io()), std::move(*login),
                                                     options, clock, random);
  value_or_end(local.run(sink->open()));
  return sink;
}

void mark_all(claims::ClaimRebuild& sink, LocalRun& local, const Clock& clock) {
  Progress progress(std::cerr, standard_error_is_terminal(), clock, "mark", "versions");
  const auto tell = [&](std::uint64_t so_far) { progress.tell(so_far, 0); };
  value_or_end(local.run(claims::mark_all(&sink, tell)));
}

void reprocess(const Context& context, bool all) {
  const config::Config config = load_config(context, {"sink.password_file"});
  need_tables(config);
  const SystemClock clock;
  SystemRandom random;
  LocalRun local;
  const auto sink = open_sink(config.sink, local, clock, random);
  if (all) {
    mark_all(*sink, local, clock);
  }
  // Of a large database the count may take longer than a statement may: then nobody knows it.
  const auto counted = local.run(sink->count_outdated());
  const std::uint64_t outdated = counted ? *counted : 0;
  Progress progress(std::cerr, standard_error_is_terminal(), clock, "reprocess", "versions");
  const auto tell = [&](const claims::ReprocessReport& so_far) {
    progress.tell(so_far.renewed + so_far.unreadable, outdated);
  };
  const auto report = value_or_end(local.run(claims::reprocess(sink.get(), tell)));
  const auto renewed = static_cast<unsigned long long>(report.renewed);
  const auto unreadable = static_cast<unsigned long long>(report.unreadable);
  if (context.json) {
    std::printf("{\"renewed\":%llu,\"unreadable\":%llu}\n", renewed, unreadable);
  } else {
    std::printf("rows of %llu versions made anew\n", renewed);
    if (unreadable > 0) {
      std::printf(
          "%llu have a shape that this release does not take: no rows, their raw bytes are "
          "kept\n",
          unreadable);
    }
  }
}

}  // namespace

void add_reprocess_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "reprocess", "make the rows of claims anew from the raw bytes in the sink");
  command->footer(
      "After an upgrade whose parser reads more: of the versions that an earlier parser has read. "
      "Workers may go on\nmeanwhile. Broken off, it is simply run again, --all like the rest, and "
      "goes on.");
  auto all = std::make_shared<bool>(false);
  command->add_flag("--all", *all, "of every version, also those that this parser has read");
  command->callback(
      [&context, all] { context.run = [&context, all] { reprocess(context, *all); }; });
}

}  // namespace claimferry::ctl
