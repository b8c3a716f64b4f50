#include "scheduler/ctl/examples.hpp"

#include <gmock/gmock.h>

#include "scheduler/ctl/commands.hpp"

namespace claimferry::ctl {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    lines.emplace_back(text.substr(at, text.find('\n', at) - at));
  }
  return lines;
}

struct Claimferry {
  Claimferry() { add_all_commands(app, context); }
  CLI::App app{"", "claimferry"};
  Context context;
};

TEST(Examples, EachParsesAndRunsItsCommand) {
  for (const auto& [command, lines] : command_examples()) {
    for (const std::string& line : lines_of(lines)) {
      Claimferry claimferry;
      EXPECT_NO_THROW(claimferry.app.parse(line, true)) << line;
      EXPECT_TRUE(claimferry.context.run) << line;
      EXPECT_THAT(line, HasSubstr(std::string(command)));
    }
  }
}

void collect(const CLI::App& app, const std::string& path, std::vector<std::string>& leaves) {
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  if (below.empty()) {
    leaves.push_back(path);
  }
  for (const CLI::App* command : below) {
    collect(*command, path + (path.empty() ? "" : " ") + command->get_name(), leaves);
  }
}

TEST(Examples, NoCommandIsWithout) {
  const Claimferry claimferry;
  std::vector<std::string> leaves;
  collect(claimferry.app, "", leaves);
  EXPECT_GT(leaves.size(), 30U);
  for (const std::string& leaf : leaves) {
    EXPECT_TRUE(std::ranges::any_of(command_examples(), [&leaf](const auto& examples) {
      return examples.command == leaf;
    })) << leaf;
  }
}

TEST(Examples, StandBeforeTheUsage) {
  const Claimferry claimferry;
  const std::string help = claimferry.app.get_subcommand("why")->help();
  EXPECT_LT(help.find("  claimferry why M123\n"), help.find("Usage:"));
  EXPECT_THAT(claimferry.app.help(), HasSubstr("Exit status: 0 done"));
}

}  // namespace
}  // namespace claimferry::ctl
