#include "common/quota/adapter/redis_fleet_quota.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;
using queue::list_reply;
using queue::number_reply;
using queue::text_reply;

const PayerName payer = *PayerName::parse("aetna");

redis::Reply::Array numbers(const std::vector<std::int64_t>& all) {
  redis::Reply::Array items;
  for (const std::int64_t number : all) {
    items.push_back(number_reply(number));
  }
  return items;
}
// What quota_take answers.
redis::Reply::Array taken() {
  auto items = numbers({1, 2, 3, 4, 500, 6'000, 7, 0, 60, 0, 1, 2, 5'000, 8});
  items[9] = text_reply("166.6667");
  return items;
}

class RedisFleetQuotaTest : public testing::Test {
 protected:
  Result<Answer> ask(Ask asked = {payer, {}, "w1"}) {
    return contract::run(io, quota.ask(std::move(asked)));
  }
  Result<Quiet> refused(std::optional<Duration> asked, double unit = 0) {
    return contract::run(io, quota.refused({payer, 6, asked, unit}));
  }
  // The arguments of the last call, behind the writer's version.
  std::vector<std::string> arguments() const {
    const redis::Command& words = redis.asked.back();
    EXPECT_EQ(words.at(0), "EVALSHA");
    EXPECT_EQ(words.at(3), queue::root_key);
    EXPECT_EQ(words.at(4), queue::writer_version);
    return {words.begin() + 5, words.end()};
  }

  boost::asio::io_context io;
  queue::ScriptedRedis redis;
  RedisFleetQuota quota{redis};
};

TEST_F(RedisFleetQuotaTest, AsksWithAllThatTheShardTells) {
  redis.answers.emplace_back(list_reply(taken()));
  Ask asked{payer, {166.66667, 20, 0.5, 400, 0.25}, "w1", 9};
  asked.wanted[Use::token] = 1;
  asked.wanted[Use::backfill] = 40;
  asked.given_back = 3;
  asked.started = 11;
  asked.served = 10;
  asked.served_epoch = 6;
  asked.pace = 750;
  asked.epoch = 7;
  asked.served_tokens = 2;
  ASSERT_TRUE(ask(asked).ok());
  EXPECT_EQ(redis.asked.back().at(1), queue::QueueScripts::shared()->quota_take.sha1());
  EXPECT_EQ(arguments(), (std::vector<std::string>{"aetna", "166.6667", "20.0000", "0.5000",
                                                   "400.0000", "0.2500", "w1", "9", "1", "0", "0",
                                                   "40", "3", "11", "10", "6", "750", "7", "2"}));
}

TEST_F(RedisFleetQuotaTest, ReadsWhatWasGranted) {
  redis.answers.emplace_back(list_reply(taken()));
  const auto answer = ask();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->grant.granted[Use::token], 1U);
  EXPECT_EQ(answer->grant.granted[Use::urgent], 2U);
  EXPECT_EQ(answer->grant.granted[Use::routine], 3U);
  EXPECT_EQ(answer->grant.granted[Use::backfill], 4U);
  EXPECT_EQ(answer->grant.first_in, 500us);
  EXPECT_EQ(answer->grant.interval, 6ms);
  EXPECT_EQ(answer->grant.epoch, 7U);
  EXPECT_EQ(answer->quiet, 0ms);
  EXPECT_EQ(answer->ask_again, 60ms);
  EXPECT_DOUBLE_EQ(answer->rate, 166.6667);
  EXPECT_TRUE(answer->probing);
  EXPECT_EQ(answer->breaker.change, 8U);
  EXPECT_EQ(answer->breaker.barred, Barred::token);
  EXPECT_EQ(answer->breaker.next_probe_in, 5s);
}

TEST_F(RedisFleetQuotaTest, TellsAndAsksOfTheBreaker) {
  redis.answers.emplace_back(list_reply(numbers({1, 9, 4'000, 1})));
  const auto told =
      contract::run(io, quota.breaker(payer, BreakerWord::probe, "w1", Barred::everything, 30s));
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(redis.asked.back().at(1), queue::QueueScripts::shared()->quota_breaker.sha1());
  EXPECT_EQ(arguments(), (std::vector<std::string>{"aetna", "probe", "w1", "1", "30000"}));
  EXPECT_EQ(told->breaker.change, 9U);
  EXPECT_EQ(told->breaker.barred, Barred::everything);
  EXPECT_EQ(told->breaker.next_probe_in, 4s);
  EXPECT_TRUE(told->may_probe);
}

TEST_F(RedisFleetQuotaTest, WhatIsBarredInAnUnknownWayIsBarredAsAWhole) {
  redis.answers.emplace_back(list_reply(numbers({9, 9, 4'000, 0})));
  const auto told =
      contract::run(io, quota.breaker(payer, BreakerWord::lost, "w1", Barred::token, 30s));
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->breaker.barred, Barred::everything);
}

TEST_F(RedisFleetQuotaTest, TellsOfA429WithWhatItAskedForAndARandomNumber) {
  for (int call = 0; call < 3; ++call) {
    redis.answers.emplace_back(list_reply(numbers({7, 30'000, 1})));
  }
  const auto quiet = refused(30s);
  ASSERT_TRUE(quiet.ok());
  EXPECT_EQ(quiet->epoch, 7U);
  EXPECT_EQ(quiet->how_long, 30s);
  EXPECT_TRUE(quiet->begins);
  EXPECT_EQ(redis.asked.back().at(1), queue::QueueScripts::shared()->quota_refused.sha1());
  EXPECT_EQ(arguments(), (std::vector<std::string>{"aetna", "6", "30000", "0", "1"}));
  ASSERT_TRUE(refused(std::nullopt, 0.25).ok());
  EXPECT_EQ(arguments(), (std::vector<std::string>{"aetna", "6", "-1", "250000", "1"}));
  ASSERT_TRUE(refused(std::nullopt, 0.9999999).ok());
  EXPECT_EQ(arguments().at(3), "999999");
}

TEST_F(RedisFleetQuotaTest, ANumberThatIsNoneOrBelowZeroIsZero) {
  auto items = taken();
  items[0] = text_reply("many");
  items[4] = text_reply("soon");
  items[8] = number_reply(-5);
  items[9] = number_reply(3);
  items[10] = text_reply("");
  redis.answers.emplace_back(list_reply(std::move(items)));
  const auto answer = ask();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->grant.granted[Use::token], 0U);
  EXPECT_EQ(answer->grant.first_in, 0us);
  EXPECT_EQ(answer->ask_again, 0ms);
  EXPECT_EQ(answer->rate, 0);
  EXPECT_FALSE(answer->probing);
}

TEST_F(RedisFleetQuotaTest, AnAnswerOfAnotherShapeIsOurOwnTrouble) {
  const std::vector<redis::Reply> answers = {redis::Reply(),
                                             text_reply("OK"),
                                             number_reply(1),
                                             list_reply({}),
                                             list_reply(numbers({1, 2})),
                                             list_reply(numbers(std::vector<std::int64_t>(13, 0)))};
  for (const redis::Reply& answer : answers) {
    redis.answers.emplace_back(answer);
    redis.answers.emplace_back(answer);
    const auto taken = ask();
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.failure().kind, FailureKind::local);
    EXPECT_EQ(taken.failure().code, "redis_protocol");
    EXPECT_EQ(refused(1s).failure().code, "redis_protocol");
  }
}

TEST_F(RedisFleetQuotaTest, PassesFailuresOn) {
  redis.answers.emplace_back(queue::redis_away());
  EXPECT_EQ(ask().failure().code, "redis_unreachable");
  redis.answers.emplace_back(queue::error_reply("LOADING Redis is loading"));
  EXPECT_EQ(refused(1s).failure().kind, FailureKind::local);
}

}  // namespace
}  // namespace claimferry::quota
