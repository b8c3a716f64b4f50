#include "tests/sandbox/model/connect/pkce.hpp"

#include <algorithm>

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::size_t challenge_bytes = 43;
constexpr std::size_t verifier_bytes_min = 43;
constexpr std::size_t verifier_bytes_max = 128;

bool is_base64url(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
}

bool is_of_a_verifier(char letter) {
  return is_base64url(letter) || letter == '.' || letter == '~';
}

}  // namespace

bool is_s256_challenge(std::string_view text) {
  return text.size() == challenge_bytes && std::ranges::all_of(text, is_base64url);
}

bool proves(std::string_view verifier, std::string_view challenge) {
  if (verifier.size() < verifier_bytes_min || verifier.size() > verifier_bytes_max ||
      !std::ranges::all_of(verifier, is_of_a_verifier)) {
    return false;
  }
  const Sha256 digest = sha256(verifier);
  const std::string bytes(digest.begin(), digest.end());
  return to_base64url(bytes) == challenge;
}

}  // namespace claimferry::sandbox
