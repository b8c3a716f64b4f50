#include "tests/sandbox/judge/exact.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace claimferry::sandbox {
namespace {

constexpr std::size_t digits_max = 1'000;
constexpr int exponent_max = 1'000;

// [-] digits [. digits] [e [+-] digits]
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  const bool there = !text.empty() && any_of.find(text.front()) != std::string_view::npos;
  text.remove_prefix(there ? 1 : 0);
  return there;
}

bool take_exponent(std::string_view& text, int& exponent) {
  const bool negative = take(text, "-");
  if (!negative) {
    take(text, "+");
  }
  const std::string_view digits = take_digits(text);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (digits.empty() || ec != std::errc() || exponent > exponent_max) {
    return false;
  }
  exponent = negative ? -exponent : exponent;
  return true;
}

std::optional<Parts> parse(std::string_view text) {
  Parts parts;
  parts.negative = take(text, "-");
  parts.whole = take_digits(text);
  bool good = !parts.whole.empty();
  if (take(text, ".")) {
    parts.fraction = take_digits(text);
    good = good && !parts.fraction.empty();
  }
  if (take(text, "eE")) {
    good = take_exponent(text, parts.exponent) && good;
  }
  good = good && text.empty() && parts.whole.size() + parts.fraction.size() <= digits_max;
  return good ? std::optional(parts) : std::nullopt;
}

}  // namespace

bool ExactSum::add(std::string_view number) {
  const auto parts = parse(number);
  if (!parts) {
    return false;
  }
  int power = static_cast<int>(parts->whole.size()) - 1 + parts->exponent;
  for (const std::string_view digits : {parts->whole, parts->fraction}) {
    for (const char c : digits) {
      digits_[power--] += parts->negative ? -(c - '0') : c - '0';
    }
  }
  return true;
}

std::string ExactSum::str() const {
  const int least = digits_.empty() ? -2 : std::min(-2, digits_.begin()->first);
  const int most = (digits_.empty() ? 0 : std::max(0, digits_.rbegin()->first)) + 20;
  // The sign is that of the highest digit once every carry went up.
  const auto written = [&](long long sign, bool& negative) {
    std::string text;
    long long carry = 0;
    for (int power = least; power <= most; ++power) {
      const auto found = digits_.find(power);
      const long long here = carry + (found == digits_.end() ? 0 : sign * found->second);
      const long long digit = ((here % 10) + 10) % 10;
      carry = (here - digit) / 10;
      text += static_cast<char>('0' + digit);
      if (power == -1) {
        text += '.';
      }
    }
    negative = carry < 0;
    return text;
  };
  bool negative = false;
  bool unused = false;
  std::string text = written(1, negative);
  if (negative) {
    text = written(-1, unused);
  }
  while (text.size() > text.find('.') + 2 && text.ends_with('0')) {
    text.pop_back();
  }
  std::ranges::reverse(text);
  while (text.ends_with('0') && text.size() - text.find('.') > 3) {
    text.pop_back();
  }
  return negative ? "-" + text : text;
}

bool same_amount(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.empty() && b.empty();
  }
  ExactSum left;
  ExactSum right;
  if (!left.add(a) || !right.add(b)) {
    return false;
  }
  const std::string left_text = left.str();
  const std::string right_text = right.str();
  return left_text == right_text || (left_text == "-0.00" && right_text == "0.00") ||
         (left_text == "0.00" && right_text == "-0.00");
}

}  // namespace claimferry::sandbox
