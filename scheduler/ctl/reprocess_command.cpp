// claimferry reprocess: the rows of claims anew from the raw bytes in the sink.
#include <cstdio>
#include <iostream>

#include "common/claims/adapter/sqlite_sink.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/local_run.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void reprocess(const Context& context, bool all) {
  const config::Config config = load_config(context);
  need_sqlite(config);
  const SystemClock clock;
  LocalRun local;
  claims::SqliteSink sink(config.sink.path, clock);
  value_or_end(local.run(sink.open()));
  if (all) {
    value_or_end(local.run(sink.forget_parsers()));
  }
  const std::uint64_t outdated = value_or_end(local.run(sink.count_outdated()));
  Progress progress(std::cerr, standard_error_is_terminal(), clock, "reprocess", "versions");
  const auto tell = [&](const claims::ReprocessReport& so_far) {
    progress.tell(so_far.renewed + so_far.unreadable, outdated);
  };
  const auto report = value_or_end(local.run(claims::reprocess(&sink, tell)));
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
      "Workers may go on\nmeanwhile. Broken off, it is simply run again.");
  auto all = std::make_shared<bool>(false);
  command->add_flag("--all", *all, "of every version, also those that this parser has read");
  command->callback(
      [&context, all] { context.run = [&context, all] { reprocess(context, *all); }; });
}

}  // namespace claimferry::ctl
