#include "common/config/files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/vault/key_ring.hpp"

namespace claimferry::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Root may write everywhere, and access() asks for the real user.
class NotRoot {
 public:
  NotRoot() : root_(getuid() == 0) {
    if (root_) {
      EXPECT_EQ(setreuid(65534, static_cast<uid_t>(-1)), 0);
    }
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;
  ~NotRoot() {
    if (root_) {
      EXPECT_EQ(setreuid(0, static_cast<uid_t>(-1)), 0);
    }
  }

 private:
  bool root_;
};

// A folder with everything that a sound configuration names.
class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    config.vault.key_file = folder + "/keys";
    EXPECT_TRUE(vault::write_new_key_file(config.vault.key_file));
    config.sink.path = folder + "/claims.db";
    config.payers.emplace_back(*PayerName::parse("p"));
    payer().client_secret_file = write("secret", "s3cret\n");
  }
  ~ConfigFiles() override { std::filesystem::remove_all(folder); }

  PayerConfig& payer() { return config.payers.front(); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = folder + "/" + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::vector<std::string> problems() const {
    std::vector<std::string> texts;
    for (const Problem& problem : check_files(config)) {
      texts.push_back(problem.str());
    }
    return texts;
  }

  std::string folder = testing::TempDir() + "claimferry-files-XXXXXX";
  Config config;
};

TEST_F(ConfigFiles, AreSound) {
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigFiles, SayNothingWhereNoneIsNamed) {
  EXPECT_TRUE(check_files(Config()).empty());
}

TEST_F(ConfigFiles, AreReportedAllAtOnce) {
  config.vault.key_file = folder + "/none";
  config.redis.password_file = write("password", "x\n", 0640);
  config.sink.path = folder + "/nowhere/claims.db";
  payer().client_secret_file = folder;
  payer().ca_file = write("ca.pem", "no certificate\n", 0644);
  EXPECT_THAT(
      problems(),
      ElementsAre(
          HasSubstr("/none: vault.key_file cannot be opened (No such file or directory); correct "
                    "the path, or make"),
          HasSubstr("/password: redis.password_file may be read by others; chmod 600 it"),
          HasSubstr(
              "sink.path cannot be made, its folder is missing (No such file or directory); make " +
              folder),
          HasSubstr("payer.p.client_secret_file is no file"),
          HasSubstr("/ca.pem: payer.p.ca_file holds no certificate that can be read")));
}

TEST_F(ConfigFiles, OfRedisOverTlsAreReadAndItsKeyIsPrivate) {
  config.redis.ca_file = write("ca.pem", "no certificate\n", 0644);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("/ca.pem holds no certificate that can be read")));
  config.redis.ca_file = folder + "/none";
  config.redis.cert_file = write("client.pem", "no certificate\n", 0644);
  config.redis.key_file = write("client.key", "no key\n", 0640);
  config.redis.sentinel_password_file = write("watchers", "\n");
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("redis.sentinel_password_file holds no secret"),
                          HasSubstr("redis.ca_file cannot be opened"),
                          HasSubstr("redis.key_file may be read by others; chmod 600 it")));
  config.redis.ca_file = "";
  write("client.key", "no key\n");
  write("watchers", "sesame\n");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("redis.cert_file: ")));
}

TEST_F(ConfigFiles, MustHoldKeysThatCanBeRead) {
  write("keys", "k1:not base64\n");
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("vault.key_file " + folder + "/keys:1: not a key")));
  write("keys", "# nothing\n");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("holds no key; make one with")));
}

TEST_F(ConfigFiles, MustKeepSecretsPrivateAndHoldOne) {
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    write("secret", "s3cret\n", mode);
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("client_secret_file may be read by others")));
  }
  write("secret", "\ns3cret\n");
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("client_secret_file holds no secret in its first")));
}

TEST_F(ConfigFiles, LeaveRoomForTheDatabase) {
  config.sink.path = write("file", "") + "/claims.db";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("sink.path " + folder + "/file is no folder")));
  config.sink.path = folder;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("sink.path is no file")));
  config.sink.path = write("claims.db", "");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigFiles, LeaveRoomForSegments) {
  config.sink.kind = "ndjson";
  config.sink.path = write("file", "");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("sink.path is no folder; ndjson writes")));
  config.sink.path = folder + "/nowhere/lake";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("its folder is missing")));
  for (const std::string& path : {folder, folder + "/lake"}) {
    config.sink.path = path;
    EXPECT_THAT(problems(), IsEmpty());
  }
}

TEST_F(ConfigFiles, MayNotLieWhereThisUserCannotWrite) {
  config.sink.path = write("claims.db", "", 0400);
  EXPECT_EQ(chmod(folder.c_str(), 0777), 0);
  const NotRoot user;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("sink.path cannot be written to by this user")));
  std::filesystem::create_directory(folder + "/locked");
  chmod((folder + "/locked").c_str(), 0500);
  config.sink.path = folder + "/locked/claims.db";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("/locked cannot be written to by this user")));
}

TEST_F(ConfigFiles, GiveTheirFirstLineAsTheSecret) {
  auto secret = read_secret_file(write("two", "s3cret \r\nmore\n"));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "s3cret");
  EXPECT_FALSE(read_secret_file(write("empty", "\n")));
  const auto open = read_secret_file(write("open", "s3cret\n", 0644));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.failure().detail, HasSubstr("open may be read by others; chmod 600 it"));
  const auto none = read_secret_file(folder + "/none");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.failure().detail, HasSubstr("/none cannot be read: No such file"));
}

}  // namespace
}  // namespace claimferry::config
