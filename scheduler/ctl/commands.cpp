#include "scheduler/ctl/commands.hpp"

#include <cstdio>

#include <boost/json.hpp>

#include "common/config/loader.hpp"
#include "scheduler/ctl/examples.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void check_config(const Context& context) {
  const auto loaded = program::load_and_check_files(context.config_file, settings_of(context));
  if (context.json) {
    boost::json::array problems;
    for (const config::Problem& problem : loaded.problems) {
      problems.push_back(
          {{"place", problem.place}, {"key", problem.key}, {"problem", problem.what}});
    }
    std::puts(boost::json::serialize(problems).c_str());
    if (!problems.empty()) {
      throw CommandFailed{program::usage, ""};
    }
    return;
  }
  if (program::print_problems("claimferry", loaded.problems)) {
    throw CommandFailed{program::usage, ""};
  }
  std::printf("the configuration is sound\n");
}

}  // namespace

void add_all_commands(CLI::App& app, Context& context) {
  app.formatter(std::make_shared<ExamplesFirst>());
  app.add_option("--config", context.config_file,
                 "TOML file; else $CLAIMFERRY_CONFIG, else claimferry.toml");
  app.add_option("--set", context.settings, program::set_help)->allow_extra_args(false);
  app.add_option_function<std::string>(
         "-o,--output", [&context](const std::string& form) { context.json = form == "json"; },
         "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Data goes to standard output, progress and mistakes to standard error.\n"
      "Exit status: 0 done, 1 failed or found something, 2 usage or configuration, 3 Redis or the\n"
      "database away, 4 refused. NO_COLOR=1 leaves colours out. COMMAND --help has examples "
      "first.");
  add_member_commands(app, context);
  add_top_command(app, context);
  add_console_commands(app, context);
  add_erase_command(app, context);
  add_fsck_command(app, context);
  add_functions_command(app, context);
  add_doctor_command(app, context);
  add_keys_commands(app, context);
  add_reprocess_command(app, context);
  add_export_command(app, context);
  add_db_commands(app, context);
  add_audit_commands(app, context);
  add_setup_commands(app, context);
}

void add_setup_commands(CLI::App& app, Context& context) {
  CLI::App* config = app.add_subcommand("config", "the configuration")->require_subcommand(1);
  config->add_subcommand("check", "report every mistake")->callback([&context] {
    context.run = [&context] { check_config(context); };
  });
  config->add_subcommand("show", "every key with its effective value")->callback([&context] {
    context.run = [&context] {
      const config::Config config = load_config(context, {});
      const std::string text =
          context.json ? config::show_json(config) + "\n" : config::show(config);
      std::fputs(text.c_str(), stdout);
    };
  });
  app.add_subcommand("version", "print the version")->callback([&context] {
    context.run = [&context] {
      std::puts(context.json ? R"({"version":")" CLAIMFERRY_VERSION R"("})"
                             : "claimferry " CLAIMFERRY_VERSION);
    };
  });
}

}  // namespace claimferry::ctl
