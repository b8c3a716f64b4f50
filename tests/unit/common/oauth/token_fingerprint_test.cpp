#include "common/oauth/token_fingerprint.hpp"

#include <gtest/gtest.h>

namespace claimferry::oauth {
namespace {

const PayerName aetna = *PayerName::parse("aetna");
const MemberId member = *MemberId::parse("M1");
const Secret token("AAI-refresh-token");

// Stored ones must be recognised by every later release:
// printf '24:claimferry refresh token5:aetna2:M1AAI-refresh-token' | sha256sum
TEST(TokenFingerprint, IsWhatItWas) {
  EXPECT_EQ(token_fingerprint(aetna, member, token),
            "f0cfa0c323373ce1ef571ebb5e3392eb9ca079b0c46156fbad5794a44d87d94b");
}

TEST(TokenFingerprint, IsAnothersForEachTokenMemberAndPayer) {
  const std::string print = token_fingerprint(aetna, member, token);
  EXPECT_NE(token_fingerprint(aetna, member, Secret("AAI-refresh-tokeN")), print);
  EXPECT_NE(token_fingerprint(aetna, *MemberId::parse("M2"), token), print);
  EXPECT_NE(token_fingerprint(*PayerName::parse("cigna"), member, token), print);
  // What one part loses the next must not gain.
  EXPECT_NE(token_fingerprint(aetna, *MemberId::parse("M1A"), Secret("AI-refresh-token")), print);
}

}  // namespace
}  // namespace claimferry::oauth
