// Examples: what stands first in the help of each command. Every line parses: a test holds it.
#pragma once

#include <span>
#include <string_view>

#include <CLI/CLI.hpp>

namespace claimferry::ctl {

struct CommandExamples {
  std::string_view command;  // "backfill many"; empty: of claimferry itself
  std::string_view lines;    // each as it is typed
};
std::span<const CommandExamples> command_examples();

// Help that begins with the command's examples. Set before the subcommands are added.
class ExamplesFirst final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
};

}  // namespace claimferry::ctl
