// claimferry doctor of our own side: each link of the set-up that is broken is the one that it
// names.
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DoctorOfTheSetup : public testing::Test {
 protected:
  void begin(FleetOptions options = {}) {
    fleet = std::make_unique<Fleet>(std::move(options));
    fleet->start_all_but_workers();
    fleet->start_worker("worker");
  }
  Output ask(std::vector<std::string> words = {}) {
    words.emplace_back("doctor");
    return fleet->cli(std::move(words));
  }
  // The links that it finds bad; all else is good or doubtful.
  static std::string bad(const Output& told) {
    std::string links;
    for (auto at = told.text.find("× "); at != std::string::npos;
         at = told.text.find("× ", at + 1)) {
      const auto begin = at + std::string_view("× ").size();
      links += told.text.substr(begin, told.text.find(": ", begin) - begin) + ";";
    }
    return links;
  }

  std::unique_ptr<Fleet> fleet;
};

TEST_F(DoctorOfTheSetup, EveryLinkOfAGoodOneIsGood) {
  begin();
  Output told;
  // The scheduler loads the functions once it leads; the worker asks for work at once.
  EXPECT_TRUE(eventually(30s, [&] {
    told = ask();
    return told.text.find("‼") == std::string::npos;
  })) << told.text;
  EXPECT_EQ(told.status, 0) << told.text << told.errors;
  EXPECT_EQ(bad(told), "");
  std::size_t at = 0;
  for (const char* link : {"√ configuration", "√ keys", "√ Redis: ", "√ Redis persistence",
                           "√ Redis memory", "√ clock", "√ Redis rights", "√ functions", "√ fleet",
                           "√ aetna-sandbox: discovery", "√ disk", "√ time to end"}) {
    const auto found = told.text.find(link, at);
    ASSERT_NE(found, std::string::npos) << link << " in their order:\n" << told.text;
    at = found;
  }
}

TEST_F(DoctorOfTheSetup, AMistakeInTheConfigurationIsAllThatItLooksAt) {
  begin();
  const Output told = ask({"--set", "worker.slotz=8"});
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(bad(told), "configuration;");
  EXPECT_THAT(told.text, HasSubstr("did you mean worker.slots?"));
}

TEST_F(DoctorOfTheSetup, ARedisThatIsAwayHidesNoPayer) {
  begin();
  fleet->stop("redis", SIGKILL);
  const Output told = ask();
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(bad(told), "Redis;");
  EXPECT_THAT(told.text, HasSubstr("√ aetna-sandbox: token endpoint"));
}

TEST_F(DoctorOfTheSetup, ARedisThatThrowsKeysAway) {
  begin();
  fleet->redis({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const Output told = ask();
  EXPECT_EQ(bad(told), "Redis;");
  EXPECT_THAT(told.text, HasSubstr("maxmemory-policy noeviction"));
}

TEST_F(DoctorOfTheSetup, ARedisWithoutALogIsDoubtful) {
  begin();
  fleet->redis({"CONFIG", "SET", "appendonly", "no"});
  const Output told = ask();
  EXPECT_EQ(told.status, 0) << told.text;
  EXPECT_THAT(told.text, HasSubstr("‼ Redis persistence: the append-only file is off"));
}

TEST_F(DoctorOfTheSetup, ALogThatRedisWouldNotReadBack) {
  begin();
  fleet->redis({"ACL", "SETUSER", "default", "-hset"});
  const Output told = ask();
  EXPECT_EQ(told.status, 1);
  EXPECT_THAT(told.text, HasSubstr("× Redis persistence: the user default may not write"));
}

TEST_F(DoctorOfTheSetup, AnOperatorsUserIsToldFromABrokenOne) {
  begin();
  fleet->redis({"ACL", "SETUSER", "narrow", "on", "nopass", "~cf:{0}*", "+ping", "+role", "+exists",
                "+info", "+hget", "+time"});
  write_file(fleet->directory() / "password", "any\n");
  const Output told = ask({"--set", "redis.username=narrow", "--set",
                           "redis.password_file=" + (fleet->directory() / "password").string()});
  EXPECT_THAT(told.text, HasSubstr("‼ Redis rights: user narrow"));
  EXPECT_THAT(told.text, Not(HasSubstr("any\n")));
}

// As a worker's user of deploy/redis/users.acl.
TEST_F(DoctorOfTheSetup, FunctionsThatItsUserMayNotCallAreThereAllTheSame) {
  begin();
  fleet->redis({"ACL", "SETUSER", "w", "on", "nopass", "~cf:{*", "+@all", "-fcall"});
  write_file(fleet->directory() / "password", "any\n");
  EXPECT_TRUE(eventually(30s, [&] {
    const Output told = ask({"--set", "redis.username=w", "--set",
                             "redis.password_file=" + (fleet->directory() / "password").string()});
    return told.text.find("√ functions: version") != std::string::npos;
  }));
}

TEST_F(DoctorOfTheSetup, KeysThatAreNotThereAndKeysThatAreNone) {
  begin();
  std::filesystem::remove(fleet->directory() / "keys");
  EXPECT_EQ(bad(ask()), "configuration;keys;");
  write_file(fleet->directory() / "keys", "no key\n");
  const Output told = ask();
  EXPECT_EQ(bad(told), "configuration;keys;");
  EXPECT_THAT(told.text, HasSubstr("keys:1"));
}

TEST_F(DoctorOfTheSetup, ADatabaseThatIsAway) {
  begin();
  const std::string root = fleet->directory();
  const Output told =
      ask({"--set", "sink.kind=postgres", "--set", "sink.path=", "--set",
           "sink.url=postgresql:///claims?host=" + root, "--set", "audit.path=" + root + "/audit"});
  EXPECT_EQ(bad(told), "database;") << told.text;
}

TEST_F(DoctorOfTheSetup, AWorkerThatIsNotGivenTheTimeToEnd) {
  begin();
  const Output told = ask({"--set", "worker.drain=60s"});
  EXPECT_EQ(bad(told), "time to end;");
  EXPECT_THAT(told.text, HasSubstr("terminationGracePeriodSeconds"));
  const Output given = fleet->cli({"--set", "worker.drain=60s", "doctor", "--grace", "70"});
  EXPECT_EQ(bad(given), "");
}

}  // namespace
}  // namespace claimferry::integration
