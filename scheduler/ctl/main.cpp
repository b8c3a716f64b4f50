// claimferry: the operator's command line.
#include <cerrno>
#include <cstdio>
#include <exception>

#include "common/config/suggest.hpp"
#include "common/program/program.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

// What CLI11 calls a missing subcommand is a mistyped one when a word is left over.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
  }
  const auto words = app.remaining(true);
  if (words.empty() || words.front().starts_with('-') || at->get_subcommands(nullptr).empty()) {
    return "";
  }
  std::vector<std::string> known;
  for (const CLI::App* command : at->get_subcommands(nullptr)) {
    known.push_back(command->get_name());
  }
  const std::string near = config::nearest(words.front(), known);
  return words.front() + " is no command" + (near.empty() ? "" : "; did you mean " + near + "?");
}

// A disk that is full, for one. A reader that has seen enough (| head) is none of our business.
bool is_output_lost() {
  errno = 0;
  const bool is_told = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return !is_told && errno != EPIPE;
}

int run(int argc, char** argv) {
  CLI::App app("Carries members' insurance claims from payers into your database.", "claimferry");
  Context context;
  add_all_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto unknown = unknown_command(app); error.get_exit_code() != 0 && !unknown.empty()) {
      std::fprintf(stderr, "claimferry: %s\nRun with --help for more information.\n",
                   unknown.c_str());
      return program::usage;
    }
    if (error.get_exit_code() != 0) {
      std::fprintf(stderr, "claimferry: %s\nRun with --help for more information.\n", error.what());
      return program::usage;
    }
    app.exit(error);  // --help
    return program::succeeded;
  }
  try {
    context.run();
    if (is_output_lost()) {
      std::fputs("claimferry: standard output took not all of it; is its disk full?\n", stderr);
      return program::failed;
    }
    return program::succeeded;
  } catch (const CommandFailed& failure) {
    if (!failure.text.empty()) {
      std::fprintf(stderr, "claimferry: %s\n", failure.text.c_str());
    }
    return failure.status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry: %s\n", error.what());
    return program::failed;
  }
}

}  // namespace
}  // namespace claimferry::ctl

int main(int argc, char** argv) {
  claimferry::program::end_when_told_to();   // a container's only process hears no signal otherwise
  claimferry::program::forbid_core_dumps();  // it reads keys and tokens, too
  return claimferry::ctl::run(argc, argv);
}
