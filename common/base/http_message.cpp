#include "common/base/http_message.hpp"

#include <algorithm>

#include "common/base/ascii.hpp"

namespace claimferry::http {

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : items_) {
    if (std::ranges::equal(key, name, {}, ascii_lower, ascii_lower)) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace claimferry::http
