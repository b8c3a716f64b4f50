#include "common/base/encoding.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(Encoding, Base64MatchesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Encoding, Base64urlHasNoPaddingAndIsReadBack) {
  const std::string bytes = "\xfb\xff\xfe";
  EXPECT_EQ(to_base64(bytes), "+//+");
  EXPECT_EQ(to_base64url(bytes), "-__-");
  EXPECT_EQ(from_base64("-__-"), bytes);
}

TEST(Encoding, Base64RefusesWhatIsNotBase64) {
  for (const std::string_view bad : {"Z", "Zg=a", "Zm 8", "Zm9v!"}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, HexGoesBothWays) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(from_hex("00FF1a"), std::string("\x00\xff\x1a", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(Encoding, FormEncodingFollowsRfc6749AppendixB) {
  // The RFC's own example: U+0020 U+0025 U+0026 U+002B U+00A3 U+20AC.
  EXPECT_EQ(form_encode(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(Encoding, LengthsTellApartWhatReadsAlike) {
  EXPECT_EQ(length_prefixed({"aetna", "", "M1"}), "5:aetna0:2:M1");
  EXPECT_NE(length_prefixed({"ab", "c"}), length_prefixed({"a", "bc"}));
  EXPECT_NE(length_prefixed({"a", "b"}), length_prefixed({"a1:b"}));
  EXPECT_EQ(length_prefixed({}), "");
}

}  // namespace
}  // namespace claimferry
