#include "tests/sandbox/model/connect/pkce.hpp"

#include <string>

#include <gtest/gtest.h>

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::sandbox {
namespace {

// RFC 7636 appendix B.
constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

std::string challenge_of(std::string_view text) {
  const Sha256 digest = sha256(text);
  return to_base64url(std::string(digest.begin(), digest.end()));
}

TEST(Pkce, TheExampleOfTheSpecificationIsProved) {
  EXPECT_TRUE(is_s256_challenge(challenge));
  EXPECT_TRUE(proves(verifier, challenge));
  std::string other(verifier);
  other.back() = 'l';
  EXPECT_FALSE(proves(other, challenge));
  EXPECT_FALSE(proves(challenge, challenge)) << "that would be plain";
}

TEST(Pkce, AVerifierHas43To128UnreservedLetters) {
  const std::pair<std::string, bool> verifiers[] = {
      {std::string(42, 'a'), false},       {std::string(43, 'a'), true},
      {std::string(128, '~'), true},       {std::string(129, 'a'), false},
      {std::string(43, 'a') + "+", false}, {std::string(43, 'a') + ".", true},
  };
  for (const auto& [text, good] : verifiers) {
    EXPECT_EQ(proves(text, challenge_of(text)), good) << text;
  }
}

TEST(Pkce, AChallengeHas43LettersOfBase64url) {
  EXPECT_FALSE(is_s256_challenge(""));
  EXPECT_FALSE(is_s256_challenge(std::string(42, 'a')));
  EXPECT_FALSE(is_s256_challenge(std::string(42, 'a') + "="));
  EXPECT_FALSE(is_s256_challenge(std::string(42, 'a') + "+"));
  EXPECT_FALSE(is_s256_challenge(std::string(44, 'a')));
}

}  // namespace
}  // namespace claimferry::sandbox
