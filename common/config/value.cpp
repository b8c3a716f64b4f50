#include "common/config/value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace claimferry::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::array byte_units{Unit{"GiB", 1LL << 30U}, Unit{"MiB", 1LL << 20U},
                                Unit{"KiB", 1LL << 10U}, Unit{"B", 1}};

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = ec == std::errc() && end == text.data() + text.size();
  return all ? std::optional(number) : std::nullopt;
}

template <class Units>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const Units& units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_whole<std::int64_t>(text.substr(0, digits));
  for (const Unit& unit : units) {
    std::int64_t result = 0;
    if (number && text.substr(digits) == unit.name &&
        !__builtin_mul_overflow(*number, unit.factor, &result)) {
      return result;
    }
  }
  return std::nullopt;
}

template <class Units>
std::string show_with_unit(std::int64_t number, const Units& units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) {
      return std::to_string(number / unit.factor) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.back().name);
}

TextList split(std::string_view text) {
  TextList parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace

std::optional<std::string> to_text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::optional<bool> to_bool(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag;
  }
  const auto text = to_text(value);
  if (text == "true" || text == "false") {
    return text == "true";
  }
  return std::nullopt;
}

std::optional<std::int64_t> to_integer(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return *number;
  }
  const auto text = to_text(value);
  return text ? parse_whole<std::int64_t>(*text) : std::nullopt;
}

std::optional<double> to_number(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isfinite(*number) ? std::optional(*number) : std::nullopt;
  }
  if (const auto whole = to_integer(value)) {
    return static_cast<double>(*whole);
  }
  const auto text = to_text(value);
  const auto number = text ? parse_whole<double>(*text) : std::nullopt;
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<Duration> to_duration(const Value& value) {
  const auto text = to_text(value);
  const auto milliseconds = text ? parse_with_unit(*text, duration_units) : std::nullopt;
  return milliseconds ? std::optional(Duration(*milliseconds)) : std::nullopt;
}

std::optional<std::uint64_t> to_bytes(const Value& value) {
  auto bytes = to_integer(value);
  if (const auto text = to_text(value); !bytes && text) {
    bytes = parse_with_unit(*text, byte_units);
  }
  return bytes && *bytes >= 0 ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
}

std::optional<TextList> to_list(const Value& value) {
  if (const auto* list = std::get_if<TextList>(&value)) {
    return *list;
  }
  const auto text = to_text(value);
  return text ? std::optional(split(*text)) : std::nullopt;
}

std::optional<TextPairs> to_pairs(const Value& value) {
  if (const auto* pairs = std::get_if<TextPairs>(&value)) {
    return *pairs;
  }
  const auto text = to_text(value);
  if (!text) {
    return std::nullopt;
  }
  TextPairs pairs;
  for (const std::string& part : split(*text)) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) {
      return std::nullopt;
    }
    pairs.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return pairs;
}

std::string show(Duration duration) {
  return show_with_unit(duration.count(), duration_units);
}

std::string show_bytes(std::uint64_t bytes) {
  return show_with_unit(static_cast<std::int64_t>(bytes), byte_units);
}

}  // namespace claimferry::config
