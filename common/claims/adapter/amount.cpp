#include "common/claims/adapter/amount.hpp"

#include <charconv>
#include <limits>
#include <string>

namespace claimferry::claims {
namespace {

constexpr int places = 4;
constexpr int exponent_max = 1'000;

struct Parts {
  bool negative = false;
  std::string digits;  // without the point
  int scale = 0;       // how many of them stand behind the point
};

std::optional<Parts> split(std::string_view number) {
  Parts parts;
  if (number.starts_with('-')) {
    parts.negative = true;
    number.remove_prefix(1);
  }
  bool point = false;
  std::size_t at = 0;
  for (; at < number.size(); ++at) {
    const char c = number[at];
    if (c >= '0' && c <= '9') {
      parts.digits.push_back(c);
      parts.scale += point ? 1 : 0;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (parts.digits.empty()) {
    return std::nullopt;
  }
  if (at == number.size()) {
    return parts;
  }
  if (number[at] != 'e' && number[at] != 'E') {
    return std::nullopt;
  }
  std::string_view exponent_text = number.substr(at + 1);
  if (exponent_text.starts_with('+')) {
    exponent_text.remove_prefix(1);
  }
  int exponent = 0;
  const auto [end, ec] =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (ec != std::errc{} || end != exponent_text.data() + exponent_text.size() ||
      exponent > exponent_max || exponent < -exponent_max) {
    return std::nullopt;
  }
  parts.scale -= exponent;
  return parts;
}

std::optional<std::int64_t> to_integer(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<TenThousandths> to_ten_thousandths(std::string_view number) {
  auto parts = split(number);
  if (!parts) {
    return std::nullopt;
  }
  if (parts->scale < places) {
    parts->digits.append(static_cast<std::size_t>(places - parts->scale), '0');
    parts->scale = places;
  }
  const auto cut = static_cast<std::size_t>(parts->scale - places);
  if (parts->digits.size() < cut + 1) {
    parts->digits.insert(0, cut + 1 - parts->digits.size(), '0');
  }
  const std::string_view kept(parts->digits.data(), parts->digits.size() - cut);
  const std::string_view rest = std::string_view(parts->digits).substr(kept.size());
  auto value = to_integer(kept);
  if (!value) {
    return std::nullopt;
  }
  const bool inexact = rest.find_first_not_of('0') != std::string_view::npos;
  const bool above_half =
      inexact && (rest[0] > '5' ||
                  (rest[0] == '5' && rest.find_first_not_of('0', 1) != std::string_view::npos));
  const bool at_half = inexact && rest[0] == '5' && !above_half;
  if (above_half || (at_half && *value % 2 != 0)) {
    if (*value == std::numeric_limits<std::int64_t>::max()) {
      return std::nullopt;
    }
    ++*value;
  }
  return TenThousandths{parts->negative ? -*value : *value, inexact};
}

}  // namespace claimferry::claims
