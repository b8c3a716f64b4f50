#include "common/program/program.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/vault/key_ring.hpp"

namespace claimferry::program {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A folder with a sound configuration and all that it names.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    EXPECT_TRUE(vault::write_new_key_file(folder + "/keys"));
    write("secret", "s3cret\n");
    config_file = write("claimferry.toml", R"([sink]
path = ")" + folder + R"(/claims.db"
[vault]
key_file = ")" + folder + R"(/keys"
[payer.p]
auth_root = "https://payer.example/fhir"
resource_base = "https://payer.example/fhir/v2"
token_url = "https://payer.example/fhir/token"
client_id = "id"
client_secret_file = ")" + folder + "/secret\"\n");
  }
  ~ProgramTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder + "/" + name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    return path;
  }
  About about{"claimferry-x", ""};
  // Begins a program with these words; keeps what it printed.
  Begun begin_with(std::vector<std::string> words) {
    words.insert(words.begin(), "claimferry-x");
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Begun begun = begin(static_cast<int>(arguments.size()), arguments.data(), about);
    out = testing::internal::GetCapturedStdout();
    errors = testing::internal::GetCapturedStderr();
    return begun;
  }

  std::string folder = testing::TempDir() + "claimferry-program-XXXXXX";
  std::string config_file;
  std::string out;
  std::string errors;
};

TEST_F(ProgramTest, BeginsWithItsConfigurationAndWhatIsSetOverIt) {
  const Begun begun = begin_with({"--config", config_file, "--set", "worker.slots=8", "--set",
                                  "payer.p.client_id=a=b", "--ready-file", "ready"});
  ASSERT_TRUE(begun.invocation) << errors;
  EXPECT_EQ(begun.invocation->config.worker.slots, 8U);
  EXPECT_EQ(begun.invocation->config.payers.at(0).client_id, "a=b");
  EXPECT_EQ(begun.invocation->ready_file, "ready");
}

TEST_F(ProgramTest, ChecksAndEnds) {
  const Begun begun = begin_with({"--config", config_file, "--check"});
  EXPECT_FALSE(begun.invocation);
  EXPECT_EQ(begun.exit_status, succeeded) << errors;
  EXPECT_EQ(out, "claimferry-x: the configuration is sound\n");
}

TEST_F(ProgramTest, ReportsMistakesInSettingsAndInFilesAtOnce) {
  write("keys", "nonsense\n");
  for (const bool only_checks : {false, true}) {
    std::vector<std::string> words{"--config", config_file,
                                   "--set",    "worker.slotz=8",
                                   "--set",    "payer.p.client_secret_file=" + folder + "/none"};
    if (only_checks) {
      words.emplace_back("--check");
    }
    const Begun begun = begin_with(words);
    EXPECT_FALSE(begun.invocation);
    EXPECT_EQ(begun.exit_status, usage);
    EXPECT_THAT(errors, HasSubstr("claimferry-x: --set worker.slotz: worker.slotz is no key"));
    EXPECT_THAT(errors, HasSubstr("keys:1: not a key"));
    EXPECT_THAT(errors, HasSubstr("payer.p.client_secret_file cannot be opened (No such file"));
  }
}

TEST_F(ProgramTest, SaysNothingThatABrokenFileOnlySeemsToLack) {
  write("claimferry.toml", "[sink\npath = 1\n");
  EXPECT_EQ(begin_with({"--config", config_file, "--check"}).exit_status, usage);
  EXPECT_THAT(errors, StartsWith("claimferry-x: " + config_file + ":1:"));
  EXPECT_EQ(std::ranges::count(errors, '\n'), 1);
}

TEST_F(ProgramTest, RefusesWordsThatItDoesNotKnow) {
  EXPECT_EQ(begin_with({"--config", config_file, "--chekc"}).exit_status, usage);
  EXPECT_EQ(begin_with({"--config", config_file, "--set", "worker.slots"}).exit_status, usage);
  EXPECT_THAT(errors, HasSubstr("write key=value, such as worker.slots=8"));
  EXPECT_EQ(begin_with({"--config", folder + "/none.toml", "--set", "a.b=c"}).exit_status, usage);
  EXPECT_THAT(errors, HasSubstr("--set a.b: a.b is no key"));
  EXPECT_THAT(errors, HasSubstr("/none.toml: cannot be read (No such file or directory)"));
}

TEST_F(ProgramTest, HelpsAndNamesItsVersion) {
  EXPECT_EQ(begin_with({"--help"}).exit_status, succeeded);
  EXPECT_THAT(out, HasSubstr("--ready-file"));
  EXPECT_EQ(begin_with({"--version"}).exit_status, succeeded);
  EXPECT_THAT(out, StartsWith("claimferry-x "));
}

TEST_F(ProgramTest, TellsItsAdminAddressInAWholeFileOrNone) {
  write_ready_file("", "http://127.0.0.1:1");
  write_ready_file(folder + "/ready", "http://127.0.0.1:9464");
  std::ifstream file(folder + "/ready");
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, R"({"admin":"http://127.0.0.1:9464"})");
  EXPECT_FALSE(std::filesystem::exists(folder + "/ready.unfinished"));
  EXPECT_THROW(write_ready_file(folder + "/none/ready", "http://x"), std::runtime_error);
}

TEST_F(ProgramTest, ReadsTheRedisPasswordFromItsFile) {
  config::RedisConfig redis;
  redis.url = "redis://127.0.0.1:6379/3";
  redis.username = "ferry";
  redis.password_file = write("password", "hunter2\n");
  const auto endpoint = redis_endpoint(redis);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->username, "ferry");
  EXPECT_EQ(endpoint->password.get().reveal(), "hunter2");
  EXPECT_EQ(endpoint->database, 3U);
  redis.password_file = folder + "/none";
  const auto none = redis_endpoint(redis);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.failure().detail, HasSubstr("/none cannot be read"));
}

TEST_F(ProgramTest, ReadsWhereTheSentinelsAreAndTheirPassword) {
  config::RedisConfig redis;
  redis.url = "redis:///2";
  redis.sentinels = {"one", "two:26380"};
  redis.sentinel_master = "claimferry";
  redis.sentinel_username = "watcher";
  redis.sentinel_password_file = write("watchers", "sesame\n");
  const auto endpoint = redis_endpoint(redis);
  ASSERT_TRUE(endpoint) << endpoint.failure().detail;
  ASSERT_TRUE(endpoint->sentinels);
  EXPECT_EQ(endpoint->sentinels->addresses,
            (std::vector<redis::TcpAddress>{{"one", 26379}, {"two", 26380}}));
  EXPECT_EQ(endpoint->sentinels->username, "watcher");
  EXPECT_EQ(endpoint->sentinels->password.get().reveal(), "sesame");
  EXPECT_EQ(endpoint->root, "cf:{0}");
  redis.url = "rediss:///2";
  redis.ca_file = write("ca.pem", "no certificate\n");
  const auto unreadable = redis_endpoint(redis);
  ASSERT_FALSE(unreadable);
  EXPECT_THAT(unreadable.failure().detail, HasSubstr("/ca.pem holds no certificate"));
}

TEST(Settings, AreSplitAtTheFirstEqualsSign) {
  EXPECT_EQ(split_settings({"a.b=c=d", "e="}), (Settings{{"a.b", "c=d"}, {"e", ""}}));
  EXPECT_EQ(split_settings({}), Settings());
  EXPECT_EQ(split_settings({"a.b"}), std::nullopt);
  EXPECT_EQ(split_settings({"=c"}), std::nullopt);
}

TEST(Termination, EndsAProcessThatDoesNotEndByItself) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    end_within(std::chrono::milliseconds(1), refused);
    while (true) {
      pause();
    }
  };
  EXPECT_EXIT(hang(), testing::ExitedWithCode(refused), "");
}

TEST(Termination, CallsBackOnceForASignal) {
  boost::asio::io_context io;
  unsigned calls = 0;
  on_termination(io, [&] {
    ++calls;
    io.stop();
  });
  std::raise(SIGTERM);
  io.run();
  EXPECT_EQ(calls, 1U);
}

TEST_F(ProgramTest, LeavesNoCoreDump) {
  begin_with({"--version"});
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
  EXPECT_EQ(limit.rlim_cur, 0U);
  EXPECT_EQ(limit.rlim_max, 0U);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
}

TEST_F(ProgramTest, LeavesAlonePartsOfTheConfigurationThatItDoesNotUse) {
  const std::vector<std::string> words{"--config", config_file, "--set", "sink.kind=x", "--check"};
  begin_with(words);
  EXPECT_NE(errors.find("sink.kind"), std::string::npos) << errors;
  about.ignores = {"audit.", "sink."};
  begin_with(words);
  EXPECT_EQ(errors.find("sink."), std::string::npos) << errors;
}

TEST_F(ProgramTest, AsksWhatItAloneWantsOfTheConfiguration) {
  about.also_check = [](config::Config&) {
    return std::vector<config::Problem>{{"", "enroll.public_url", "is missing"}};
  };
  EXPECT_EQ(begin_with({"--config", config_file, "--check"}).exit_status, usage);
  EXPECT_NE(errors.find("enroll.public_url is missing"), std::string::npos) << errors;
}

}  // namespace
}  // namespace claimferry::program
