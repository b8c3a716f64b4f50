#include "common/vault/key_census.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::vault {
namespace {

using testing::ElementsAre;

class Census : public testing::Test {
 protected:
  void count(const std::string& key, unsigned members) {
    const Vault vault = vault_of(key_line(key, 'a'));
    for (unsigned number = 0; number < members; ++number) {
      census_.count(vault.new_data_key(owner_of("aetna", "M" + std::to_string(number))).wrapped);
    }
  }
  std::vector<std::string> rows(const std::string& lines) const {
    std::vector<std::string> texts;
    for (const auto& [key, members, standing] : census_.rows(*vault_of(lines).keys())) {
      texts.push_back(key + " " + std::to_string(members) + " " + std::string(to_string(standing)));
    }
    return texts;
  }
  KeyCensus census_;
};

TEST_F(Census, SaysOfEachKeyWhatItIsGoodFor) {
  count("k1", 2);
  count("k2", 3);
  count("gone", 1);
  EXPECT_THAT(rows(key_line("k0", 'a') + key_line("k1", 'b') + "*" + key_line("k2", 'c')),
              ElementsAre("k0 0 may_go", "k1 2 needed", "k2 3 active", "gone 1 missing"));
  EXPECT_EQ(census_.members(), 6U);
}

TEST_F(Census, TheActiveKeyNeverGoes) {
  EXPECT_THAT(rows(key_line("k1", 'a')), ElementsAre("k1 0 active"));
}

TEST_F(Census, CountsWhatIsNoWrappedKeyByItself) {
  census_.count("");
  census_.count("AQNvbmU=");
  count("k1", 1);
  EXPECT_EQ(census_.without_key(), 2U);
  EXPECT_EQ(census_.members(), 3U);
  EXPECT_THAT(rows(key_line("k1", 'a')), ElementsAre("k1 1 active"));
}

}  // namespace
}  // namespace claimferry::vault
