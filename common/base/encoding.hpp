// Bytes as text: hexadecimal, base64 and base64url (RFC 4648),
// application/x-www-form-urlencoded, and several texts as one.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
// Without padding (RFC 7636 appendix A).
std::string to_base64url(std::string_view bytes);
// Either alphabet, with or without padding; nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);

// The form of RFC 6749 appendix B: space becomes '+', all but [A-Za-z0-9*-._] becomes %XX.
std::string form_encode(std::string_view text);
// Its reverse; nullopt for a '%' that two hexadecimal digits do not follow.
std::optional<std::string> form_decode(std::string_view text);

// "5:aetna2:M1": each part behind its length, so that no two lists have the same text.
std::string length_prefixed(std::initializer_list<std::string_view> parts);

}  // namespace claimferry
