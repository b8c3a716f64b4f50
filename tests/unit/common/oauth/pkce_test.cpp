#include "common/oauth/pkce.hpp"

#include <cstring>

#include <gtest/gtest.h>

namespace claimferry::oauth {
namespace {

// Gives out the octets of RFC 7636 appendix B.
class Rfc7636Random final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    constexpr unsigned char octets[] = {116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                        125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                        191, 240, 91,  88,  5,   88,  83,  132, 141, 121};
    ASSERT_EQ(out.size(), sizeof octets);
    std::memcpy(out.data(), octets, sizeof octets);
  }
};

TEST(Pkce, IsThatOfTheRfcsExample) {
  Rfc7636Random random;
  const Pkce pkce = make_pkce(random);
  EXPECT_EQ(pkce.verifier.reveal(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, IsAnotherEachTime) {
  SystemRandom random;
  EXPECT_FALSE(make_pkce(random).verifier == make_pkce(random).verifier);
}

}  // namespace
}  // namespace claimferry::oauth
