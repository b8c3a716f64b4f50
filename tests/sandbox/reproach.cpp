#include "tests/sandbox/reproach.hpp"

#include <span>

namespace claimferry::sandbox {
namespace {

void hold(const boost::json::object& violations, std::span<const char* const> names,
          std::vector<std::string>& lines) {
  for (const char* name : names) {
    if (const std::uint64_t count = counted(violations, name); count > 0) {
      lines.push_back(std::string(name) + " " + std::to_string(count));
    }
  }
}

}  // namespace

std::uint64_t counted(const boost::json::object& violations, const char* name) {
  const boost::json::value* value = violations.if_contains(name);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

std::vector<std::string> reproaches(const boost::json::object& violations, std::uint64_t kills) {
  std::vector<std::string> lines;
  hold(violations, never, lines);
  hold(violations, never_in_connecting, lines);
  if (const std::uint64_t late = counted(violations, "refresh_retried_late"); late > kills) {
    lines.push_back("refresh_retried_late " + std::to_string(late) + ", more than " +
                    std::to_string(kills) + " kills explain");
  }
  return lines;
}

}  // namespace claimferry::sandbox
