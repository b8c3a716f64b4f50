#include "common/base/http_message.hpp"

#include <algorithm>

namespace claimferry::http {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : items_) {
    if (std::ranges::equal(key, name, {}, lower, lower)) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace claimferry::http
