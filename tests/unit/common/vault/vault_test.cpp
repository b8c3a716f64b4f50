#include "common/vault/vault.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"

namespace claimferry::vault {
namespace {

using testing::HasSubstr;

Vault vault_of(const std::string& lines) {
  auto ring = KeyRing::parse(Secret(lines), "keys");
  return Vault(std::move(*ring));
}

std::string key_line(const std::string& id, char fill) {
  return id + ":" + to_base64(std::string(key_bytes, fill)) + "\n";
}

Context context(const std::string& payer, const std::string& member, const std::string& field) {
  return {*PayerName::parse(payer), *MemberId::parse(member), field};
}

const Context here = context("aetna", "M1", "refresh_token");
const Secret token("AAI-refresh-token");

void expect_refused(const Vault& vault, const Context& place, const std::string& blob,
                    const std::string& why) {
  const auto opened = vault.open(place, blob);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.failure().kind, FailureKind::local);
  EXPECT_EQ(opened.failure().code, "vault_open_failed");
  EXPECT_THAT(opened.failure().detail, HasSubstr(why));
}

TEST(Vault, OpensWhatItSealed) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string blob = vault.seal(here, token);
  EXPECT_EQ(blob.find("refresh"), std::string::npos);
  EXPECT_EQ(Vault::key_id(blob), "one");
  const auto opened = vault.open(here, blob);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, token);
}

TEST(Vault, SealsEmptyAndLargeValues) {
  const Vault vault = vault_of(key_line("one", 'a'));
  for (const std::size_t size : {0UL, 1UL, 16UL, 100'000UL}) {
    const Secret value(std::string(size, 'x'));
    EXPECT_EQ(*vault.open(here, vault.seal(here, value)), value) << size;
  }
}

TEST(Vault, RefusesABlobThatWasMoved) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string blob = vault.seal(here, token);
  const std::string moved = "moved from another place";
  expect_refused(vault, context("cigna", "M1", "refresh_token"), blob, moved);
  expect_refused(vault, context("aetna", "M2", "refresh_token"), blob, moved);
  expect_refused(vault, context("aetna", "M1", "access_token"), blob, moved);
}

TEST(Vault, RefusesABlobWithAnyBitFlipped) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string bytes = *from_base64(vault.seal(here, token));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(vault.open(here, to_base64(flipped)).ok()) << "bit " << bit;
  }
}

TEST(Vault, RefusesABlobCutAnywhere) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string bytes = *from_base64(vault.seal(here, token));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(vault.open(here, to_base64(bytes.substr(0, size))).ok()) << size;
  }
  expect_refused(vault, here, "not base64!", "not a blob");
}

TEST(Vault, RefusesAnotherKeyUnderTheSameId) {
  const std::string blob = vault_of(key_line("one", 'a')).seal(here, token);
  expect_refused(vault_of(key_line("one", 'b')), here, blob, "does not open with its key one");
}

TEST(Vault, NamesTheKeyThatIsMissing) {
  const std::string blob = vault_of(key_line("one", 'a')).seal(here, token);
  expect_refused(vault_of(key_line("two", 'a')), here, blob, "sealed with key one, which");
}

TEST(Vault, OpensOldBlobsAfterTheActiveKeyChanged) {
  const std::string blob = vault_of(key_line("old", 'a')).seal(here, token);
  const Vault vault = vault_of(key_line("old", 'a') + "*" + key_line("new", 'b'));
  EXPECT_EQ(*vault.open(here, blob), token);
  EXPECT_EQ(Vault::key_id(vault.seal(here, token)), "new");
}

TEST(Vault, NeverRepeatsANonce) {
  const Vault vault = vault_of(key_line("one", 'a'));
  std::set<std::string> nonces;
  for (int i = 0; i < 10'000; ++i) {
    nonces.insert(from_base64(vault.seal(here, token))->substr(5, 12));
  }
  EXPECT_EQ(nonces.size(), 10'000);
}

}  // namespace
}  // namespace claimferry::vault
