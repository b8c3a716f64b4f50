#include "scheduler/enroll/settings.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace claimferry::enroll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Settings : public testing::Test {
 protected:
  Settings() {
    std::ofstream(path_) << "portal:" << std::string(32, 'a') << "\n";
    ::chmod(path_.c_str(), 0600);
    config.enroll.public_url = "https://enroll.example.com/";
    config.enroll.behind_proxy = true;
    config.enroll.api_key_file = path_;
    config.enroll.organisation = "Ada Health";
    config.enroll.policy_version = "1";
  }
  ~Settings() override { ::unlink(path_.c_str()); }

  std::vector<std::string> problems() {
    std::vector<std::string> texts;
    for (const auto& problem : complete_and_check(config)) {
      texts.push_back(problem.str());
    }
    return texts;
  }

  const std::string path_ = testing::TempDir() + "enroll_settings." + std::to_string(getpid());
  config::Config config;
};

TEST_F(Settings, SoundOnesSayNothing) {
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_EQ(redirect_uri(config.enroll), "https://enroll.example.com/api/auth/smart/callback");
}

TEST_F(Settings, EachMistakeIsNamed) {
  struct Row {
    std::string config::EnrollConfig::* member;
    const char* value;
    const char* says;
  };
  using Enroll = config::EnrollConfig;
  const Row rows[] = {
      {&Enroll::listen, "localhost:80", "enroll.listen must be a numeric address"},
      {&Enroll::public_url, "", "enroll.public_url must be how browsers reach"},
      {&Enroll::public_url, "enroll.example.com", "enroll.public_url must be how browsers reach"},
      {&Enroll::public_url, "https://a.test/?b", "enroll.public_url must be how browsers reach"},
      {&Enroll::public_url, "http://a.test", "enroll.public_url must begin with https://"},
      {&Enroll::callback_path, "callback", "enroll.callback_path must be a path"},
      {&Enroll::callback_path, "/a?b", "enroll.callback_path must be a path"},
      {&Enroll::api_key_file, "", "enroll.api_key_file is missing"},
      {&Enroll::api_key_file, "/none", "cannot open the file of API keys /none"},
      {&Enroll::organisation, "", "enroll.organisation is missing"},
      {&Enroll::policy_version, "", "enroll.policy_version is missing"},
  };
  const Enroll good = config.enroll;
  for (const Row& row : rows) {
    config.enroll = good;
    config.enroll.*row.member = row.value;
    EXPECT_THAT(problems(), ElementsAre(HasSubstr(row.says))) << row.value;
  }
  config.enroll = good;
  config.enroll.behind_proxy = false;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("enroll.behind_proxy must be true")));
  config.enroll.listen = "0.0.0.0:8080";
  EXPECT_THAT(problems(), IsEmpty());
  config.enroll = good;
  config.enroll.return_to_allow = {"https://fine.test", "http://bad.test"};
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("enroll.return_to_allow each is https://")));
}

}  // namespace
}  // namespace claimferry::enroll
