// The commands of `claimferry`: each adds itself to the parser and, when it was asked for, answers
// what is to be run.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace claimferry::ctl {

struct Context {
  std::string config_file;
  bool json = false;
  std::function<void()> run;  // what the parsed command does; throws CommandFailed
};

void add_member_commands(CLI::App& app, Context& context);
void add_status_commands(CLI::App& app, Context& context);
void add_setup_commands(CLI::App& app, Context& context);

}  // namespace claimferry::ctl
