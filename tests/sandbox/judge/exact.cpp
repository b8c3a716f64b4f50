#include "tests/sandbox/judge/exact.hpp"

#include <algorithm>
#include <stdexcept>

namespace claimferry::sandbox {

void ExactSum::add(std::string_view number) {
  const std::string text(number);
  const auto e = std::min(text.find_first_of("eE"), text.size());
  const std::string mantissa = text.substr(0, e);
  const int exponent = e < text.size() ? std::stoi(text.substr(e + 1)) : 0;
  const bool negative = mantissa.starts_with('-');
  const std::string unsigned_part = mantissa.substr(negative ? 1 : 0);
  const auto point = std::min(unsigned_part.find('.'), unsigned_part.size());
  if (unsigned_part.empty() ||
      unsigned_part.find_first_not_of("0123456789.") != std::string::npos) {
    throw std::invalid_argument("not a decimal: " + text);
  }
  int power = static_cast<int>(point) - 1 + exponent;
  for (const char c : unsigned_part) {
    if (c != '.') {
      digits_[power--] += negative ? -(c - '0') : c - '0';
    }
  }
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
  left.add(a);
  right.add(b);
  const std::string left_text = left.str();
  const std::string right_text = right.str();
  return left_text == right_text || (left_text == "-0.00" && right_text == "0.00") ||
         (left_text == "0.00" && right_text == "-0.00");
}

}  // namespace claimferry::sandbox
