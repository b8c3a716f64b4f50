// Context: what the flags before and behind every command say, and what the parsed command runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace claimferry::ctl {

struct Context {
  std::string config_file;
  std::vector<std::string> settings;  // of --set, as written
  bool json = false;
  std::function<void()> run;  // what the parsed command does; throws CommandFailed
};

}  // namespace claimferry::ctl
