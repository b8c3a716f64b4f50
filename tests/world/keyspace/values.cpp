#include "tests/world/keyspace/values.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace claimferry::world {

bool SortedSetValue::put(const std::string& member, double score) {
  const auto [found, is_new] = scores.try_emplace(member, score);
  if (!is_new) {
    order.erase({found->second, member});
    found->second = score;
  }
  order.emplace(score, member);
  return is_new;
}

bool SortedSetValue::erase(const std::string& member) {
  const auto found = scores.find(member);
  if (found == scores.end()) {
    return false;
  }
  order.erase({found->second, member});
  scores.erase(found);
  return true;
}

std::string format_score(double score) {
  if (std::isinf(score)) {
    return score > 0 ? "inf" : "-inf";
  }
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.17g", score);
  return {text, static_cast<std::size_t>(length)};
}

std::optional<double> parse_score(std::string_view text) {
  if (text == "+inf" || text == "inf") {
    return HUGE_VAL;
  }
  if (text == "-inf") {
    return -HUGE_VAL;
  }
  const std::string copy(text);
  char* end = nullptr;
  const double score = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || std::isnan(score)) {
    return std::nullopt;
  }
  return score;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Redis takes no other way to write it: no sign +, no leading zero.
  if (ec != std::errc{} || end != text.data() + text.size() || std::to_string(number) != text) {
    return std::nullopt;
  }
  return number;
}

}  // namespace claimferry::world
