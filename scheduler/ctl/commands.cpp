#include "scheduler/ctl/commands.hpp"

#include <cstdio>

#include "common/config/loader.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void check_config(const Context& context) {
  const auto loaded = program::load_and_check_files(context.config_file, settings_of(context));
  if (program::print_problems("claimferry", loaded.problems)) {
    throw CommandFailed{program::usage, ""};
  }
  std::printf("the configuration is sound\n");
}

}  // namespace

void add_setup_commands(CLI::App& app, Context& context) {
  CLI::App* config = app.add_subcommand("config", "the configuration")->require_subcommand(1);
  config->add_subcommand("check", "report every mistake")->callback([&context] {
    context.run = [&context] { check_config(context); };
  });
  config->add_subcommand("show", "every key with its effective value")->callback([&context] {
    context.run = [&context] {
      std::fputs(config::show(load_config(context, {})).c_str(), stdout);
    };
  });
  app.add_subcommand("version", "print the version")->callback([&context] {
    context.run = [] { std::puts("claimferry " CLAIMFERRY_VERSION); };
  });
}

}  // namespace claimferry::ctl
