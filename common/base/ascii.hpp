// ASCII alone, whatever the locale: names of headers and schemes are compared so (RFC 9110).
#pragma once

namespace claimferry {

constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace claimferry
