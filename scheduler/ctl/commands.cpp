#include "scheduler/ctl/commands.hpp"

#include <cstdio>

#include "common/config/loader.hpp"
#include "common/vault/key_ring.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void init_keys(const std::string& path) {
  auto id = vault::write_new_key_file(path);
  if (!id) {
    throw CommandFailed{program::refused, id.failure().detail};
  }
  std::printf("wrote %s, mode 0600, key %s\n", path.c_str(), id->c_str());
}

void check_config(const Context& context) {
  const auto loaded = program::load_and_check_files(context.config_file, settings_of(context));
  if (program::print_problems("claimferry", loaded.problems)) {
    throw CommandFailed{program::usage, ""};
  }
  std::printf("the configuration is sound\n");
}

}  // namespace

void add_setup_commands(CLI::App& app, Context& context) {
  CLI::App* keys = app.add_subcommand("keys", "the keys that seal tokens")->require_subcommand(1);
  CLI::App* init = keys->add_subcommand("init", "make a key file; never overwrites one");
  auto path = std::make_shared<std::string>();
  init->add_option("file", *path, "where to write it")->required();
  init->callback([&context, path] { context.run = [path] { init_keys(*path); }; });

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
