#include "tests/sandbox/fhir/money.hpp"

#include <algorithm>

namespace claimferry::sandbox {
namespace {

constexpr std::size_t decimals = 13;

}  // namespace

std::string Money::str() const {
  std::string digits;
  for (Wide rest = units_ < 0 ? -units_ : units_; rest > 0; rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  digits.resize(std::max(digits.size(), decimals + 1), '0');
  std::ranges::reverse(digits);
  digits.insert(digits.size() - decimals, ".");
  while (digits.ends_with('0') && digits[digits.size() - 3] != '.') {
    digits.pop_back();
  }
  return units_ < 0 ? "-" + digits : digits;
}

std::string Money::scientific() const {
  std::string text = str();
  const std::string tail = "00.00";
  if (!text.ends_with(tail) || text.size() <= tail.size() || text.ends_with("-" + tail)) {
    return text;
  }
  return text.substr(0, text.size() - tail.size()) + "e2";
}

}  // namespace claimferry::sandbox
