#include "common/claims/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace claimferry::claims {
namespace {

constexpr int scale_max = 37;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::size_t count_digits(std::string_view text, std::size_t from) noexcept {
  std::size_t at = from;
  while (at < text.size() && is_digit(text[at])) {
    ++at;
  }
  return at - from;
}

}  // namespace

bool is_json_number(std::string_view text) noexcept {
  std::size_t at = !text.empty() && text.front() == '-' ? 1 : 0;
  const std::size_t whole = count_digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) {
    return false;
  }
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = count_digits(text, ++at);
    if (fraction == 0) {
      return false;
    }
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0;
    const std::size_t exponent = count_digits(text, at);
    if (exponent == 0) {
      return false;
    }
    at += exponent;
  }
  return at == text.size();
}

std::optional<Decimal> Decimal::parse(std::string_view number) {
  if (!is_json_number(number)) {
    return std::nullopt;
  }
  const auto e = std::min(number.find_first_of("eE"), number.size());
  int exponent = 0;
  if (e < number.size()) {
    const auto text = number.substr(e + (number[e + 1] == '+' ? 2 : 1));
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (ec != std::errc() || exponent > scale_max || exponent < -scale_max) {
      return std::nullopt;
    }
  }
  Decimal result;
  int scale = -exponent;
  bool after_point = false;
  for (const char c : number.substr(0, e)) {
    after_point = after_point || c == '.';
    if (!is_digit(c)) {
      continue;
    }
    if (__builtin_mul_overflow(result.digits_, Wide{10}, &result.digits_) ||
        __builtin_add_overflow(result.digits_, Wide{c - '0'}, &result.digits_)) {
      return std::nullopt;
    }
    scale += after_point ? 1 : 0;
  }
  if (number.front() == '-') {
    result.digits_ = -result.digits_;
  }
  for (; scale < 0; ++scale) {
    if (__builtin_mul_overflow(result.digits_, Wide{10}, &result.digits_)) {
      return std::nullopt;
    }
  }
  if (scale > scale_max) {
    return std::nullopt;
  }
  result.scale_ = static_cast<unsigned>(scale);
  return result;
}

std::optional<Decimal> Decimal::rescaled(unsigned scale) const {
  Decimal result = *this;
  for (; result.scale_ < scale; ++result.scale_) {
    if (__builtin_mul_overflow(result.digits_, Wide{10}, &result.digits_)) {
      return std::nullopt;
    }
  }
  return result;
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
  const unsigned scale = std::max(scale_, other.scale_);
  const auto left = rescaled(scale);
  const auto right = other.rescaled(scale);
  Decimal sum;
  sum.scale_ = scale;
  if (!left || !right || __builtin_add_overflow(left->digits_, right->digits_, &sum.digits_)) {
    return std::nullopt;
  }
  return sum;
}

std::string Decimal::str() const {
  std::string text;
  const bool negative = digits_ < 0;
  for (Wide rest = digits_; rest != 0; rest /= 10) {
    const auto digit = static_cast<int>(rest % 10);
    text += static_cast<char>('0' + (digit < 0 ? -digit : digit));
  }
  while (text.size() < scale_ + 1UL) {
    text += '0';
  }
  if (scale_ > 0) {
    text.insert(scale_, 1, '.');
  }
  if (negative) {
    text += '-';
  }
  std::ranges::reverse(text);
  return text;
}

}  // namespace claimferry::claims
