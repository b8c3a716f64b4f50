#include "scheduler/enroll/api_keys.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace claimferry::enroll {
namespace {

const std::string key_a(32, 'a');
const std::string key_b(64, 'b');

TEST(ApiKeys, KnowTheirCallersByName) {
  const auto keys =
      ApiKeys::parse(Secret("# ours\n\nportal:" + key_a + "\r\nbatch:" + key_b + " \n"), "keys");
  ASSERT_TRUE(keys.ok()) << keys.failure().detail;
  EXPECT_EQ(keys->caller(Secret("Bearer " + key_a)), "portal");
  EXPECT_EQ(keys->caller(Secret("Bearer " + key_b)), "batch");
  EXPECT_EQ(keys->caller(Secret("bearer " + key_a)), "portal");
  EXPECT_EQ(keys->caller(Secret("BEARER " + key_a)), "portal");
  for (const std::string& other : {std::string(), key_a, std::string("Bearer "),
                                   "Bearer " + key_a + "a", "Bearer " + key_a.substr(1),
                                   "Bearer" + key_a, "Basic " + key_a, "Bearer portal:" + key_a}) {
    EXPECT_EQ(keys->caller(Secret(other)), std::nullopt) << other;
  }
}

TEST(ApiKeys, SayWhatIsWrongAndWhereWithoutTheKey) {
  struct Row {
    std::string text;
    const char* says;
  };
  const Row rows[] = {
      {"", "keys holds no key"},
      {"# nothing\n", "keys holds no key"},
      {"portal\n", "keys:1: not a key"},
      {"\nportal:" + std::string(31, 'a'), "keys:2: not a key"},
      {"portal:" + std::string(257, 'a'), "keys:1: not a key"},
      {"port al:" + key_a, "keys:1: not a key"},
      {"portal:" + std::string(40, 'a') + " b", "keys:1: not a key"},
      {"portal:" + key_a + "\nportal:" + key_b, "keys:2: the name portal stands twice"},
  };
  for (const Row& row : rows) {
    const auto keys = ApiKeys::parse(Secret(row.text), "keys");
    ASSERT_FALSE(keys.ok()) << row.text;
    EXPECT_EQ(keys.failure().code, "api_key_file");
    EXPECT_NE(keys.failure().detail.find(row.says), std::string::npos) << keys.failure().detail;
    EXPECT_EQ(keys.failure().detail.find(key_a), std::string::npos);
  }
  std::string many;
  for (int number = 0; number < 65; ++number) {
    many += "name" + std::to_string(number) + ":" + key_a + "\n";
  }
  EXPECT_NE(ApiKeys::parse(Secret(many), "keys").failure().detail.find("keys:65: more than 64"),
            std::string::npos);
}

TEST(ApiKeys, TheFileIsItsOwnersAlone) {
  const std::string path = testing::TempDir() + "api_keys_test." + std::to_string(getpid());
  EXPECT_NE(ApiKeys::load(path).failure().detail.find("cannot open"), std::string::npos);
  std::ofstream(path) << "portal:" << key_a << "\n";
  ::chmod(path.c_str(), 0640);
  EXPECT_NE(ApiKeys::load(path).failure().detail.find("chmod 600"), std::string::npos);
  ::chmod(path.c_str(), 0600);
  EXPECT_TRUE(ApiKeys::load(path).ok());
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace claimferry::enroll
