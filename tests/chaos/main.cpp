// claimferry-chaos: the real programs, killed, paused, cut off and fed by an ill payer, at moments
// that a seed chooses; then all is made well, and the sandbox judges. Exit 0: a clean verdict.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "tests/chaos/report.hpp"
#include "tests/chaos/run.hpp"

namespace claimferry::chaos {
namespace {

// Made before the handler is set, and only read by it.
std::string last_words;

// The children die with us, by the kernel's hand.
void leave(int number) {
  [[maybe_unused]] const auto written =
      ::write(STDOUT_FILENO, last_words.data(), last_words.size());
  ::_exit(128 + number);
}

void leave_on_signals(const std::string& kept, bool json) {
  Findings findings;
  findings.ended_by = "interrupted";
  last_words = json ? as_json(findings, kept)
                    : "  logs and data          " + kept + "\nverdict  NOT clean: interrupted\n";
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    std::signal(number, leave);
  }
}

int tell(const Findings& findings, const std::string& kept, bool json) {
  std::fputs(as_table(findings, kept).c_str(), json ? stderr : stdout);
  if (json) {
    std::fputs(as_json(findings, kept).c_str(), stdout);
  }
  return reasons(findings).empty() ? 0 : 1;
}

int run_and_tell(const RunOptions& options, bool json) {
  Run run(options);
  leave_on_signals(run.directory().string(), json);
  const Findings findings = run.to_its_end();
  if (reasons(findings).empty()) {
    return tell(findings, "", json);
  }
  run.keep();
  return tell(findings, run.directory().string(), json);
}

int run(int argc, char** argv) {
  CLI::App app(
      "Kills, pauses, cuts off and confuses the real programs for a while, and has the sandbox "
      "judge.\nExit status 0 only when the verdict is clean.");
  RunOptions options;
  bool json = false;
  app.add_option("--minutes", options.minutes, "of trouble, such as 0.5 or 10")
      ->check(CLI::Range(0.05, 1440.0))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "chooses moments and victims")->capture_default_str();
  app.add_flag("--json", json, "the last line is one JSON object, alone on standard output");
  // For this program's own test.
  app.add_flag("--plant-loss", options.plant_loss)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    // The programs beside this one, unless others are named.
    const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    ::setenv("CLAIMFERRY_BIN", here.c_str(), 0);
    return run_and_tell(options, json);
  } catch (const std::exception& error) {
    Findings findings;
    findings.ended_by = error.what();
    return tell(findings, "", json);
  }
}

}  // namespace
}  // namespace claimferry::chaos

int main(int argc, char** argv) {
  return claimferry::chaos::run(argc, argv);
}
