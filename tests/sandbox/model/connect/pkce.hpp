// Proof Key for Code Exchange (RFC 7636), by S256 alone: SMART App Launch 2.0 forbids plain.
#pragma once

#include <string_view>

namespace claimferry::sandbox {

// Whether it can be an S256 challenge: 43 letters of base64url.
bool is_s256_challenge(std::string_view text);
// Whether it is a verifier by RFC 7636 section 4.1 and the challenge was made of it.
bool proves(std::string_view verifier, std::string_view challenge);

}  // namespace claimferry::sandbox
