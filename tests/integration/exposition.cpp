#include "tests/integration/exposition.hpp"

#include <regex>
#include <sstream>
#include <stdexcept>

namespace claimferry::integration {

Exposition Exposition::parse(const std::string& text) {
  static const std::regex comment(R"(# (HELP|TYPE) ([a-z_]+) (.+))");
  static const std::regex sample(R"(([a-z_]+)(?:\{(.*)\})? (\S+))");
  static const std::regex label(R"re(([a-z_]+)="([^"]*)",?)re");
  Exposition page;
  std::set<std::string> helped;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, comment)) {
      if (found[1] == "HELP") {
        helped.insert(found[2]);
      } else {
        page.types[found[2]] = found[3];
      }
      continue;
    }
    if (!std::regex_match(line, found, sample)) {
      throw std::runtime_error("no line of metrics: " + line);
    }
    ++page.series;
    page.values[line.substr(0, line.rfind(' '))] = std::stod(found[3]);
    const std::string labels = found[2];
    for (std::sregex_iterator at(labels.begin(), labels.end(), label), end; at != end; ++at) {
      page.labels[(*at)[1]].insert((*at)[2]);
    }
  }
  for (const auto& [family, type] : page.types) {
    if (!helped.contains(family)) {
      page.without_help.insert(family);
    }
  }
  return page;
}

}  // namespace claimferry::integration
