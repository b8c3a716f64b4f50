// The values that an in-memory Redis holds, and the small grammar of numbers that Redis shares
// between replies, scores and scripts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace claimferry::world {

using HashValue = std::map<std::string, std::string>;
using ListValue = std::deque<std::string>;
using SetValue = std::set<std::string>;

// Members by score, then by bytes, as Redis orders them.
struct SortedSetValue {
  std::map<std::string, double> scores;
  std::set<std::pair<double, std::string>> order;

  bool put(const std::string& member, double score);  // true when new
  bool erase(const std::string& member);
};

struct StreamEntry {
  std::uint64_t milliseconds;
  std::uint64_t sequence;
  std::vector<std::string> fields;  // name, value, name, value, …
};
struct StreamValue {
  std::deque<StreamEntry> entries;
  std::uint64_t last_milliseconds = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t added = 0;  // in its life
};

using Value =
    std::variant<std::string, HashValue, ListValue, SetValue, SortedSetValue, StreamValue>;

// "17", "1.5", "inf": what ZSCORE answers (%.17g, integers without a point).
std::string format_score(double score);
std::optional<double> parse_score(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace claimferry::world
