// Value: one setting as it was written, in TOML or as text (environment, flags), and how it becomes
// a duration, a size, a number. Nothing: it is not one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"

namespace claimferry::config {

using TextList = std::vector<std::string>;
using TextPairs = std::vector<std::pair<std::string, std::string>>;
using Value = std::variant<std::string, std::int64_t, double, bool, TextList, TextPairs>;

std::optional<std::string> to_text(const Value& value);
std::optional<bool> to_bool(const Value& value);
std::optional<std::int64_t> to_integer(const Value& value);
std::optional<double> to_number(const Value& value);
// "500ms", "30s", "15m", "24h", "30d".
std::optional<Duration> to_duration(const Value& value);
// "256MiB", "64KiB", "1GiB", or bytes as a number.
std::optional<std::uint64_t> to_bytes(const Value& value);
// As text: separated by commas.
std::optional<TextList> to_list(const Value& value);
// As text: "from=to", separated by commas.
std::optional<TextPairs> to_pairs(const Value& value);

std::string show(Duration duration);
std::string show_bytes(std::uint64_t bytes);

}  // namespace claimferry::config
