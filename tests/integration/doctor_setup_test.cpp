// claimferry doctor of our own side: each link of the set-up that is broken is the one that it
// names.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/integration/doctor_told.hpp"
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
    Output told = fleet->cli(std::move(words));
    EXPECT_EQ(without_fix(told), "");
    return told;
  }
  // As deploy/redis/users.acl has the user, whatever it was before.
  void let_in(const std::string& user) {
    const char* source = std::getenv("CLAIMFERRY_SOURCE");
    ASSERT_NE(source, nullptr);
    const std::string users =
        read_file(std::filesystem::path(source) / "deploy" / "redis" / "users.acl");
    const auto line = users.find("user " + user + " off ");
    ASSERT_NE(line, std::string::npos);
    std::istringstream rules(users.substr(line, users.find('\n', line) - line));
    std::vector<std::string> words{"ACL", "SETUSER", user, "reset"};
    std::string rule;
    rules >> rule >> rule >> rule;
    while (rules >> rule) {
      words.push_back(rule);
    }
    words.insert(words.end(), {"on", ">any"});
    ASSERT_EQ(fleet->redis(words), "OK\n");
    write_file(fleet->directory() / "password", "any\n");
  }
  Output ask_as(const std::string& user) {
    return ask({"--set", "redis.username=" + user, "--set",
                "redis.password_file=" + (fleet->directory() / "password").string()});
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
  for (const char* link :
       {"√ configuration", "√ keys", "√ Redis: ", "√ Redis persistence", "√ Redis memory",
        "√ clock", "√ Redis rights", "√ functions", "√ fleet", "√ database", "√ audit",
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

// Without a log of its own: a user that may not write to it is another matter.
TEST_F(DoctorOfTheSetup, AProgramsUserOfRedisMayDoAllThatItNeeds) {
  begin();
  for (const auto& [user, what] :
       {std::pair{"claimferry-worker", "may do all that a worker needs"},
        std::pair{"claimferry-scheduler", "may do all that a scheduler needs"},
        std::pair{"claimferry-enroll", "may do all that claimferry-enroll needs"}}) {
    let_in(user);
    const Output told = ask_as(user);
    EXPECT_EQ(told.status, 0) << told.text;
    EXPECT_THAT(told.text, HasSubstr(std::string("√ Redis rights: user ") + user + " " + what));
    EXPECT_THAT(told.text, Not(HasSubstr("any\n")));
    EXPECT_TRUE(eventually(30s, [&] {
      return ask_as(user).text.find("√ functions: version") != std::string::npos;
    })) << user;
  }
}

TEST_F(DoctorOfTheSetup, AProgramsUserOfRedisThatLacksACommandIsBad) {
  begin();
  for (const auto& [user, lacked, name] :
       {std::tuple{"claimferry-worker", "-blpop", "blpop"},
        std::tuple{"claimferry-worker", "resetchannels", "subscribe, publish"},
        std::tuple{"claimferry-worker", "-zcount", "zcount"},
        std::tuple{"claimferry-scheduler", "-function|load", "function load"}}) {
    let_in(user);
    fleet->redis({"ACL", "SETUSER", user, lacked});
    const Output told = ask_as(user);
    EXPECT_EQ(bad(told), "Redis rights;") << told.text;
    EXPECT_THAT(told.text, HasSubstr(std::string("needs: ") + name + "\n"));
    EXPECT_THAT(told.text, HasSubstr(std::string("give it the line of ") + user));
  }
}

TEST_F(DoctorOfTheSetup, AnOperatorsUserIsToldFromABrokenOne) {
  begin();
  let_in("claimferry-operator");
  const Output operators = ask_as("claimferry-operator");
  EXPECT_EQ(operators.status, 0) << operators.text;
  EXPECT_THAT(operators.text, HasSubstr("‼ Redis rights: user claimferry-operator may call"));
  fleet->redis({"ACL", "SETUSER", "claimferry-operator", "-fcall"});
  const Output nobodys = ask_as("claimferry-operator");
  EXPECT_EQ(bad(nobodys), "Redis rights;") << nobodys.text;
  EXPECT_THAT(nobodys.text, HasSubstr("may neither run the queue's scripts (EVALSHA) nor call"));
}

TEST_F(DoctorOfTheSetup, AUserThatMayNotAskForRightsIsToldSo) {
  begin();
  let_in("claimferry-worker");
  fleet->redis({"ACL", "SETUSER", "claimferry-worker", "-acl|dryrun"});
  const Output told = ask_as("claimferry-worker");
  EXPECT_THAT(told.text, HasSubstr("it may not ask (ACL DRYRUN)"));
  EXPECT_EQ(told.status, 0) << told.text;
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

TEST_F(DoctorOfTheSetup, ASinkThatIsNoDatabase) {
  begin();
  const std::string file = fleet->directory() / "noise.db";
  write_file(file, std::string(10'000, '\x5a'));
  const Output told = ask({"--set", "sink.path=" + file});
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(bad(told), "database;") << told.text;
  EXPECT_THAT(told.text, HasSubstr("noise.db is no database of claimferry's"));
  EXPECT_EQ(read_file(file), std::string(10'000, '\x5a'));
}

TEST_F(DoctorOfTheSetup, ADirectoryOfSegmentsWithAStateOfAnother) {
  begin();
  const std::filesystem::path directory = fleet->directory() / "segments";
  const std::vector<std::string> words{"--set", "sink.kind=ndjson", "--set",
                                       "sink.path=" + directory.string()};
  EXPECT_THAT(ask(words).text, HasSubstr("√ segments: " + directory.string() + " is not there"));
  std::filesystem::create_directory(directory);
  EXPECT_THAT(ask(words).text, HasSubstr("√ segments: " + directory.string() + " can be written"));
  write_file(directory / "state.db", "no database at all");
  EXPECT_EQ(bad(ask(words)), "segments;");
}

TEST_F(DoctorOfTheSetup, AnAuditThatCannotBeMade) {
  begin();
  const std::string file = fleet->directory() / "plain";
  write_file(file, "");
  const Output told = ask({"--set", "audit.path=" + file + "/audit"});
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(bad(told), "audit;") << told.text;
  EXPECT_THAT(told.text, HasSubstr(file + " is no folder"));
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
