#include "common/queue/adapter/server_check.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

std::string info(const std::string& version, const std::string& policy = "noeviction") {
  return "# Server\r\nredis_version:" + version + "\r\nredis_mode:standalone\r\n\r\n# Memory\r\n" +
         "maxmemory:0\r\nmaxmemory_policy:" + policy + "\r\nallocator:jemalloc\r\n";
}

class ServerCheck : public testing::Test {
 protected:
  Result<void> check() { return contract::run(io_, check_server(redis_)); }
  Result<void> check(std::string text) {
    redis_.answers.emplace_back(text_reply(std::move(text)));
    return check();
  }

  boost::asio::io_context io_;
  ScriptedRedis redis_;
};

TEST_F(ServerCheck, AcceptsRedisSevenAndNewer) {
  for (const std::string version : {"7.0.0", "7.2.4", "8.0", "10.1.0"}) {
    EXPECT_TRUE(check(info(version)).ok()) << version;
  }
  EXPECT_EQ(redis_.asked.front(), redis::Command{"INFO"});
  EXPECT_EQ(redis_.asked.back(), (redis::Command{"HGET", "cf:{0}:meta", "min_writer"}));
}

TEST_F(ServerCheck, RefusesAnOlderOneAndSaysWhatIsNeeded) {
  for (const std::string version : {"6.9.9", "6.0.16", "2.8.24", "0", "", "unstable"}) {
    const auto checked = check(info(version));
    ASSERT_FALSE(checked.ok()) << version;
    EXPECT_EQ(checked.failure().kind, FailureKind::permanent) << version;
    EXPECT_EQ(checked.failure().code, "redis_too_old") << version;
    EXPECT_NE(checked.failure().detail.find(version), std::string::npos);
    EXPECT_NE(checked.failure().detail.find("7 or newer"), std::string::npos);
  }
}

TEST_F(ServerCheck, RefusesOneThatMayThrowKeysAwayAndSaysHowToStopIt) {
  for (const std::string policy : {"allkeys-lru", "volatile-ttl", "allkeys-random"}) {
    const auto checked = check(info("7.2.0", policy));
    ASSERT_FALSE(checked.ok()) << policy;
    EXPECT_EQ(checked.failure().kind, FailureKind::permanent) << policy;
    EXPECT_EQ(checked.failure().code, "redis_evicts") << policy;
    EXPECT_NE(checked.failure().detail.find(policy), std::string::npos) << policy;
    EXPECT_NE(checked.failure().detail.find("CONFIG SET maxmemory-policy noeviction"),
              std::string::npos);
  }
}

TEST_F(ServerCheck, APolicyThatIsNotToldIsNotTakenForAGoodOne) {
  EXPECT_EQ(check("redis_version:7.2.0\r\n").failure().code, "redis_evicts");
}

TEST_F(ServerCheck, RefusesWhatANewerReleaseWroteAndAcceptsItsOwn) {
  redis_.answers.emplace_back(text_reply(info("7.0.0")));
  redis_.answers.emplace_back(text_reply("2"));
  const auto checked = check();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.failure().kind, FailureKind::permanent);
  EXPECT_EQ(checked.failure().code, "redis_schema");
  EXPECT_NE(checked.failure().detail.find("upgrade"), std::string::npos);
  redis_.answers.emplace_back(text_reply(info("7.0.0")));
  redis_.answers.emplace_back(text_reply("1"));
  EXPECT_TRUE(check().ok());
}

TEST_F(ServerCheck, PassesOnThatRedisIsAway) {
  redis_.answers.emplace_back(redis_away());
  EXPECT_EQ(check().failure().code, "redis_unreachable");
  redis_.answers.emplace_back(text_reply(info("7.0.0")));
  redis_.answers.emplace_back(redis_away());
  EXPECT_EQ(check().failure().code, "redis_unreachable");
}

TEST_F(ServerCheck, SaysWhatToDoAboutARefusal) {
  const auto expect_refused = [this](const std::string& code) {
    const auto checked = check();
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.failure().kind, FailureKind::permanent);
    EXPECT_EQ(checked.failure().code, code);
    EXPECT_NE(checked.failure().detail.find("redis.username"), std::string::npos);
  };
  redis_.answers.emplace_back(error_reply("NOPERM this user has no permissions to run INFO"));
  expect_refused("redis_noperm");
  redis_.answers.emplace_back(error_reply("LOADING Redis is loading the dataset in memory"));
  EXPECT_EQ(check().failure().kind, FailureKind::local);
  // A key that cannot be read proves nothing about the schema.
  redis_.answers.emplace_back(text_reply(info("7.0.0")));
  redis_.answers.emplace_back(error_reply("NOPERM no permissions to access a key"));
  expect_refused("redis_noperm");
}

TEST_F(ServerCheck, RefusesAServerWithoutInfo) {
  for (const redis::Reply& odd : {redis::Reply{}, number_reply(1), list_reply({})}) {
    redis_.answers.emplace_back(odd);
    const auto checked = check();
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.failure().kind, FailureKind::permanent);
    EXPECT_EQ(checked.failure().code, "redis_info");
  }
}

}  // namespace
}  // namespace claimferry::queue
