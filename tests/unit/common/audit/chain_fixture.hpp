// A chain of lines for the audit's tests.
#pragma once

#include <string>
#include <vector>

#include "common/audit/record.hpp"

namespace claimferry::audit {

inline Entry numbered(int number) {
  return {std::to_string(number) + "-0",
          WallTime(Duration(number)),
          "job_ended",
          {{"job", "J" + std::to_string(number)}, {"member", "M1"}}};
}

// Lines of numbered(first), … behind `before`, which moves to the last.
inline std::vector<std::string> chain(int first, int last, Head& before) {
  std::vector<std::string> lines;
  for (int number = first; number <= last; ++number) {
    lines.push_back(line_after(before, numbered(number)));
    before = parse_line(lines.back())->head();
  }
  return lines;
}
inline std::vector<std::string> chain(int length) {
  Head head;
  return chain(1, length, head);
}

}  // namespace claimferry::audit
