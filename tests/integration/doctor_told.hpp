// What `claimferry doctor` told, line by line, for its tests.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/process.hpp"

namespace claimferry::integration {

struct ToldLink {
  std::string mark;  // √, ‼ or ×
  std::string text;  // "aetna-sandbox: discovery: the payer names …"
  std::string fix;
};

inline std::vector<ToldLink> links_of(const Output& told) {
  std::vector<ToldLink> links;
  std::istringstream lines(told.text);
  for (std::string line; std::getline(lines, line);) {
    const auto blank = line.find(' ');
    if (line.starts_with("    ") && !links.empty()) {
      links.back().fix = line.substr(4);
    } else if (blank != std::string::npos) {
      links.push_back({line.substr(0, blank), line.substr(blank + 1), ""});
    }
  }
  return links;
}

// What is wrong or doubtful and says not what to do; empty: as it should be.
inline std::string without_fix(const Output& told) {
  std::string lines;
  for (const ToldLink& link : links_of(told)) {
    lines += link.mark != "√" && link.fix.empty() ? link.text + "\n" : "";
  }
  return lines;
}

}  // namespace claimferry::integration
