#include "common/vault/vault.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::vault {
namespace {

using testing::HasSubstr;

const Owner owner = owner_of("aetna", "M1");
const Secret token("AAI-refresh-token");

void expect_closed(const Vault& vault, const Owner& whose, const std::string& wrapped,
                   const std::string& why) {
  for (const Failure& failure :
       {vault.unwrap(whose, wrapped).failure(), vault.rewrap(whose, wrapped).failure()}) {
    EXPECT_EQ(failure.kind, FailureKind::local);
    EXPECT_EQ(failure.code, "vault_open_failed");
    EXPECT_THAT(failure.detail, HasSubstr(why));
  }
}

TEST(Vault, UnwrapsTheKeyThatItWrapped) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const NewDataKey made = vault.new_data_key(owner);
  EXPECT_EQ(Vault::key_id(made.wrapped), "one");
  const auto key = vault.unwrap(owner, made.wrapped);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->id(), made.key.id());
  EXPECT_EQ(*key->open(Field::patient, made.key.seal(Field::patient, token)), token);
  EXPECT_EQ(*made.key.open(Field::patient, key->seal(Field::patient, token)), token);
}

TEST(Vault, MakesEachConsentItsOwnKey) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const NewDataKey first = vault.new_data_key(owner);
  const NewDataKey second = vault.new_data_key(owner);
  EXPECT_NE(first.key.id(), second.key.id());
  EXPECT_FALSE(second.key.open(Field::patient, first.key.seal(Field::patient, token)));
}

TEST(Vault, UnwrapsNoKeyOfAnotherMemberOrPayer) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string wrapped = vault.new_data_key(owner).wrapped;
  expect_closed(vault, owner_of("aetna", "M2"), wrapped, "moved from another member");
  expect_closed(vault, owner_of("cigna", "M1"), wrapped, "moved from another member");
}

TEST(Vault, UnwrapsNoFieldAndADataKeyOpensNoWrappedKey) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const NewDataKey made = vault.new_data_key(owner);
  expect_closed(vault, owner, made.key.seal(Field::patient, token), "wrapped with key");
  EXPECT_FALSE(made.key.open(Field::patient, made.wrapped));
}

TEST(Vault, RefusesAWrappedKeyThatIsCutOrAltered) {
  const Vault vault = vault_of(key_line("one", 'a'));
  const std::string bytes = *from_base64(vault.new_data_key(owner).wrapped);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(vault.unwrap(owner, to_base64(bytes.substr(0, size)))) << size;
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(vault.unwrap(owner, to_base64(flipped))) << "bit " << bit;
  }
}

// Of the builds before data keys nothing was released: their blobs are explained, not read.
TEST(Vault, ExplainsWhatIsOfAnEarlierBuild) {
  const Vault vault = vault_of(key_line("one", 'a'));
  std::string bytes = *from_base64(vault.new_data_key(owner).wrapped);
  bytes[0] = '\1';
  expect_closed(vault, owner, to_base64(bytes), "add the member again with a refresh token");
  expect_closed(vault, owner, "", "no data key: its tokens are of an earlier build");
  EXPECT_EQ(Vault::key_id(""), "");
}

TEST(Vault, NamesTheKeyThatIsMissing) {
  const std::string wrapped = vault_of(key_line("one", 'a')).new_data_key(owner).wrapped;
  expect_closed(vault_of(key_line("two", 'a')), owner, wrapped, "wrapped with key one, which");
}

TEST(Vault, RefusesAnotherKeyUnderTheSameId) {
  const std::string wrapped = vault_of(key_line("one", 'a')).new_data_key(owner).wrapped;
  const std::string why = "does not open with its key one";
  expect_closed(vault_of(key_line("one", 'b')), owner, wrapped, why);
}

TEST(Vault, WrapsAnewUnderTheActiveKeyAndTouchesNoToken) {
  const NewDataKey made = vault_of(key_line("old", 'a')).new_data_key(owner);
  const std::string sealed = made.key.seal(Field::refresh_token, token);
  const Vault both = vault_of(key_line("old", 'a') + "*" + key_line("new", 'b'));
  EXPECT_EQ(both.unwrap(owner, made.wrapped)->id(), made.key.id());
  const auto anew = both.rewrap(owner, made.wrapped);
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(Vault::key_id(anew->value()), "new");
  const Vault only_new = vault_of(key_line("new", 'b'));
  const auto key = only_new.unwrap(owner, **anew);
  ASSERT_TRUE(key.ok()) << key.failure().detail;
  EXPECT_EQ(*key->open(Field::refresh_token, sealed), token);
}

TEST(Vault, LeavesWhatIsUnderTheActiveKey) {
  const Vault vault = vault_of(key_line("old", 'a') + "*" + key_line("new", 'b'));
  const auto anew = vault.rewrap(owner, vault.new_data_key(owner).wrapped);
  ASSERT_TRUE(anew.ok());
  EXPECT_FALSE(anew->has_value());
}

TEST(Vault, ServesWithTheKeysThatTookTheOthersPlace) {
  const std::string one = key_line("one", 'a');
  const std::string two = key_line("two", 'b');
  Vault vault = vault_of(one);
  const NewDataKey before = vault.new_data_key(owner);
  auto both = KeyRing::parse(Secret(one + "\n*" + two), "keys");
  ASSERT_TRUE(both);
  vault.replace(std::move(*both));
  EXPECT_TRUE(vault.unwrap(owner, before.wrapped));
  EXPECT_EQ(Vault::key_id(vault.new_data_key(owner).wrapped), vault.keys()->active().id);
  EXPECT_NE(Vault::key_id(before.wrapped), vault.keys()->active().id);
  auto other = KeyRing::parse(Secret(two), "keys");
  ASSERT_TRUE(other);
  vault.replace(std::move(*other));
  EXPECT_EQ(vault.unwrap(owner, before.wrapped).failure().code, "vault_open_failed");
}

TEST(Vault, ServesManyThreads) {
  const Vault vault = vault_of(key_line("old", 'a') + "*" + key_line("new", 'b'));
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&vault] {
      for (int i = 0; i < 200; ++i) {
        const NewDataKey made = vault.new_data_key(owner);
        EXPECT_EQ(vault.unwrap(owner, made.wrapped)->id(), made.key.id());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace claimferry::vault
