#include "common/vault/sealed_blob.hpp"

#include <set>

#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::vault {
namespace {

const Key key{"one", Secret(std::string(key_bytes, 'a'))};
const Owner owner = owner_of("aetna", "M1");
const Secret token("AAI-refresh-token");

std::optional<Secret> opened(const std::string& text, const Owner& whose = owner,
                             std::string_view field = "field", const Key& by = key) {
  const auto blob = SealedBlob::parse(text);
  return blob ? blob->open(by.bytes, whose, field) : std::nullopt;
}

TEST(SealedBlob, OpensWhatWasSealedAndNamesItsKey) {
  const std::string text = seal_blob(key, owner, "field", token);
  EXPECT_EQ(text.find("refresh"), std::string::npos);
  EXPECT_EQ(SealedBlob::parse(text)->key_id(), "one");
  EXPECT_EQ(opened(text), token);
}

TEST(SealedBlob, HoldsEmptyAndLargeValues) {
  for (const std::size_t size : {0UL, 1UL, 16UL, 100'000UL}) {
    const Secret value(std::string(size, 'x'));
    EXPECT_EQ(opened(seal_blob(key, owner, "field", value)), value) << size;
  }
}

TEST(SealedBlob, OpensNowhereElse) {
  const std::string text = seal_blob(key, owner, "field", token);
  EXPECT_FALSE(opened(text, owner_of("cigna", "M1")));
  EXPECT_FALSE(opened(text, owner_of("aetna", "M2")));
  EXPECT_FALSE(opened(text, owner, "other"));
  EXPECT_FALSE(opened(text, owner, "field", {"one", Secret(std::string(key_bytes, 'b'))}));
}

// Lengths stand before the parts: what one loses the other must not gain.
TEST(SealedBlob, TellsApartPlacesThatReadAlike) {
  const std::string text = seal_blob(key, owner_of("a", "bc"), "d", token);
  EXPECT_FALSE(opened(text, owner_of("ab", "c"), "d"));
  EXPECT_FALSE(opened(text, owner_of("a", "b"), "cd"));
}

TEST(SealedBlob, DoesNotOpenWithAnyBitFlipped) {
  const std::string bytes = *from_base64(seal_blob(key, owner, "field", token));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(opened(to_base64(flipped))) << "bit " << bit;
  }
}

TEST(SealedBlob, DoesNotOpenCutAnywhereOrGrown) {
  const std::string bytes = *from_base64(seal_blob(key, owner, "field", token));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(opened(to_base64(bytes.substr(0, size)))) << size;
  }
  EXPECT_FALSE(opened(to_base64(bytes + '\0')));
  EXPECT_FALSE(SealedBlob::parse("not base64!"));
}

TEST(SealedBlob, ReadsNoOtherVersion) {
  std::string bytes = *from_base64(seal_blob(key, owner, "field", token));
  for (const char version : {'\0', '\1', '\3'}) {
    bytes[0] = version;
    EXPECT_FALSE(SealedBlob::parse(to_base64(bytes))) << int{version};
  }
}

TEST(SealedBlob, NeverRepeatsANonce) {
  std::set<std::string> nonces;
  for (int i = 0; i < 10'000; ++i) {
    nonces.insert(from_base64(seal_blob(key, owner, "field", token))->substr(5, 12));
  }
  EXPECT_EQ(nonces.size(), 10'000);
}

}  // namespace
}  // namespace claimferry::vault
