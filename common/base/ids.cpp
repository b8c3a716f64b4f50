#include "common/base/ids.hpp"

#include <algorithm>

namespace claimferry {

bool is_plain_name(std::string_view text, std::size_t length_max) noexcept {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= length_max && std::ranges::all_of(text, plain);
}

}  // namespace claimferry
