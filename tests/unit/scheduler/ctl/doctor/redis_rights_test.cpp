#include "scheduler/ctl/doctor/redis_rights.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

const Failure noperm{FailureKind::local, "redis_noperm", "NOPERM no permissions to run 'evalsha'"};

// A user that may do what the list names, but not `but`.
MayRun may(std::span<const std::string_view> list, std::string_view but = "") {
  return [list, but](std::string_view command) -> std::optional<bool> {
    return command != but && std::ranges::find(list, command) != list.end();
  };
}
const MayRun nobody_told = [](std::string_view) -> std::optional<bool> { return std::nullopt; };

TEST(RedisRights, EachProgramsUserIsKnownByWhatItMay) {
  for (const RedisRole& role : redis_roles()) {
    for (const std::string& user : {std::string("custom"), std::string(role.user)}) {
      const Finding found = of_rights({user, queue::QueueStats(), false}, may(role.commands));
      EXPECT_EQ(found.health, Health::good) << found.what;
      EXPECT_THAT(found.what, HasSubstr(role.program));
    }
  }
}

TEST(RedisRights, AProgramsUserThatLacksOneIsBadAndTheCommandIsNamed) {
  for (const RedisRole& role : redis_roles()) {
    for (const std::string_view lacked : role.commands) {
      if (lacked.starts_with("evalsha")) {
        continue;
      }
      const Finding found = of_rights({std::string(role.user), queue::QueueStats(), false},
                                      may(role.commands, lacked));
      EXPECT_EQ(found.health, Health::bad) << role.user << " without " << lacked;
      EXPECT_THAT(found.what, HasSubstr(words_of(lacked)[0]));
      EXPECT_THAT(found.fix, HasSubstr("line of " + std::string(role.user)));
    }
  }
}

TEST(RedisRights, AUserOfAnotherNameIsHeldToWhatItComesNearestTo) {
  const RedisRole& worker = redis_roles()[0];
  const Finding found =
      of_rights({"w", queue::QueueStats(), false}, may(worker.commands, "blpop cf:{0}:wake 0"));
  EXPECT_EQ(found.health, Health::bad);
  EXPECT_EQ(found.what, "user w lacks, of what a worker needs: blpop");
  const Finding tokens =
      of_rights({"w", queue::QueueStats(), false}, may(worker.commands, "hget cf-tok:{0}:a b"));
  EXPECT_THAT(tokens.what, HasSubstr("hget of cf-tok:*"));
}

// Of a command inside of a script Redis tells its caller no name.
TEST(RedisRights, AScriptThatItMayRunAndNotEndIsToldByTheCommandThatItLacks) {
  const Failure inside{FailureKind::local, "redis_err", "ERR The user executing the script can't"};
  const Finding found = of_rights({"claimferry-worker", inside, false},
                                  may(redis_roles()[0].commands, "zcount cf:{0}:a 0 1"));
  EXPECT_EQ(found.what, "user claimferry-worker lacks, of what a worker needs: zcount");
}

// The queue's numbers are read by a script that uses more than enrolment does.
TEST(RedisRights, OnlyEnrolmentNeedsNotTheQueuesNumbers) {
  const Failure inside{FailureKind::local, "redis_err",
                       "ERR The user executing the script can't run this command or subcommand"};
  for (const RedisRole& role : redis_roles()) {
    const Finding found = of_rights({std::string(role.user), inside, false}, may(role.commands));
    const bool is_enrolment = role.user == "claimferry-enroll";
    EXPECT_EQ(found.health, is_enrolment ? Health::good : Health::bad) << role.user;
  }
}

TEST(RedisRights, AnOperatorsUserIsDoubtfulAndOneOfNobodyBad) {
  for (const MayRun& told : {may({}), nobody_told}) {
    const Finding op = of_rights({"op", noperm, true}, told);
    EXPECT_EQ(op.health, Health::doubtful);
    EXPECT_THAT(op.what, HasSubstr("it is an operator's. No program can work as it"));
    EXPECT_THAT(op.fix, HasSubstr("users.acl"));
    const Finding nobody = of_rights({"x", noperm, false}, told);
    EXPECT_EQ(nobody.health, Health::bad);
    EXPECT_THAT(nobody.what, HasSubstr("neither"));
    EXPECT_FALSE(nobody.fix.empty());
  }
}

TEST(RedisRights, AUserThatMayNotAskIsPassedOver) {
  const Finding found = of_rights({"", queue::QueueStats(), true}, nobody_told);
  EXPECT_EQ(found.health, Health::good);
  EXPECT_THAT(found.what, HasSubstr("user default may run the queue's scripts"));
  EXPECT_THAT(found.what, HasSubstr("it may not ask"));
}

TEST(RedisRights, ARedisThatIsInTroubleIsNoMatterOfRights) {
  const Finding busy = of_rights(
      {"w", Failure{FailureKind::local, "busy", "BUSY a script runs"}, true}, nobody_told);
  EXPECT_EQ(busy.health, Health::bad);
  EXPECT_THAT(busy.what, HasSubstr("BUSY"));
  EXPECT_FALSE(busy.fix.empty());
}

std::string file_of_users() {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  std::ifstream file(std::string(source == nullptr ? "." : source) + "/deploy/redis/users.acl");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The name as an ACL has it: "function|load".
std::string acl_name(std::string_view command) {
  const auto words = words_of(command);
  return words[0] == "function" || words[0] == "xinfo" ? words[0] + "|" + words[1] : words[0];
}

TEST(RedisRights, TheListsAreTheLinesOfTheUsersFile) {
  if (std::getenv("CLAIMFERRY_SOURCE") == nullptr) {
    GTEST_SKIP() << "CLAIMFERRY_SOURCE is not set";
  }
  const std::string users = file_of_users();
  for (const RedisRole& role : redis_roles()) {
    const auto begin = users.find("user " + std::string(role.user) + " ");
    ASSERT_NE(begin, std::string::npos) << role.user;
    std::istringstream line(users.substr(begin, users.find('\n', begin) - begin));
    std::set<std::string> given;
    for (std::string word; line >> word;) {
      while (word.ends_with(')')) {
        word.pop_back();
      }
      if (word.starts_with('+') && word != "+acl|dryrun") {  // by which it is asked
        given.insert(word.substr(1));
      }
    }
    std::set<std::string> asked;
    for (const std::string_view command : role.commands) {
      asked.insert(acl_name(command));
    }
    EXPECT_EQ(asked, given) << role.user;
  }
}

}  // namespace
}  // namespace claimferry::ctl
