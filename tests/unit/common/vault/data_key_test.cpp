#include "common/vault/data_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::vault {
namespace {

using testing::HasSubstr;

const Secret token("AAI-refresh-token");

class DataKeys : public testing::Test {
 protected:
  DataKey key_of(const std::string& payer, const std::string& member) const {
    return vault_.new_data_key(owner_of(payer, member)).key;
  }
  static void expect_closed(const DataKey& key, Field field, const std::string& blob,
                            const std::string& why) {
    const auto opened = key.open(field, blob);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.failure().kind, FailureKind::local);
    EXPECT_EQ(opened.failure().code, "vault_open_failed");
    EXPECT_THAT(opened.failure().detail, HasSubstr(why));
    EXPECT_THAT(opened.failure().detail, testing::Not(HasSubstr("M1")));
  }

  const Vault vault_ = vault_of(key_line("one", 'a'));
  const DataKey key_ = key_of("aetna", "M1");
};

TEST_F(DataKeys, OpensEachFieldThatItSealed) {
  for (const Field field : {Field::patient, Field::refresh_token, Field::access_token}) {
    EXPECT_EQ(*key_.open(field, key_.seal(field, token)), token) << to_string(field);
  }
}

TEST_F(DataKeys, NamesItselfInWhatItSealsAndNothingElse) {
  const std::string blob = key_.seal(Field::patient, token);
  EXPECT_EQ(SealedBlob::parse(blob)->key_id(), key_.id());
  EXPECT_EQ(key_.id().size(), 12U);
  EXPECT_NE(key_.id(), key_of("aetna", "M1").id());
}

TEST_F(DataKeys, OpensNoOtherField) {
  const std::string blob = key_.seal(Field::refresh_token, token);
  expect_closed(key_, Field::access_token, blob, "a sealed access_token does not open with");
  expect_closed(key_, Field::patient, blob, "a sealed patient does not open with");
}

TEST_F(DataKeys, KnowsThatABlobIsAnotherKeys) {
  const std::string of_other_member = key_of("aetna", "M2").seal(Field::patient, token);
  const std::string of_earlier_consent = key_of("aetna", "M1").seal(Field::patient, token);
  expect_closed(key_, Field::patient, of_other_member, "belongs to another data key");
  expect_closed(key_, Field::patient, of_earlier_consent, "left over from an earlier consent");
}

TEST_F(DataKeys, SaysWhatToDoAboutABlobThatIsNone) {
  for (const char* blob : {"", "AQNvbmU=", "not base64!"}) {
    expect_closed(key_, Field::refresh_token, blob, "add the member again with a refresh token");
  }
}

}  // namespace
}  // namespace claimferry::vault
