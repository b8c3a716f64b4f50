#include "common/queue/adapter/queue_scripts.hpp"

#include <set>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

using namespace std::chrono_literals;
using contract::run;

Failure failure_for(std::string text) {
  return failure_of(redis::Error{std::move(text)});
}

TEST(QueueScripts, AStaleFenceIsALostLease) {
  const Failure lost = failure_for("LEASE_LOST another owns the member, or the job is over");
  EXPECT_EQ(lost.kind, FailureKind::lease_lost);
  EXPECT_EQ(lost.code, "lease_lost");
  EXPECT_EQ(lost.detail, "another owns the member, or the job is over");
}

TEST(QueueScripts, WhatPassesByItselfIsOursToWaitFor) {
  for (const std::string code : {"LOADING", "MASTERDOWN", "READONLY", "OOM", "BUSY", "CLUSTERDOWN",
                                 "TRYAGAIN", "MISCONF", "NOREPLICAS"}) {
    const Failure failure = failure_for(code + " Redis says why");
    EXPECT_EQ(failure.kind, FailureKind::local) << code;
    EXPECT_TRUE(passes_by_itself(redis::Error{code + " Redis says why"})) << code;
    EXPECT_EQ(failure.code.find("redis_"), 0U) << code;
    EXPECT_NE(failure.detail.find(code + " Redis says why"), std::string::npos) << code;
  }
  EXPECT_EQ(failure_for("LOADING Redis is loading").code, "redis_loading");
}

TEST(QueueScripts, SoIsWhatRedisRefusesUs) {
  for (const std::string text : {"NOPERM this user has no permissions", "NOAUTH Authentication",
                                 "WRONGTYPE Operation against a key", "ERR unknown command",
                                 "LOADINGS nearly", "version in lower case", "ALONE", ""}) {
    const Failure failure = failure_for(text);
    EXPECT_EQ(failure.kind, FailureKind::local) << text;
    EXPECT_EQ(failure.detail, "Redis answers " + text);
    EXPECT_FALSE(passes_by_itself(redis::Error{text})) << text;
  }
  EXPECT_EQ(failure_for("NOPERM this user").code, "redis_noperm");
}

TEST(QueueScripts, WhatOurScriptsAnswerIsPermanentWithItsCodeInLowerCase) {
  struct Row {
    std::string text;
    std::string code;
    std::string detail;
  };
  const Row table[] = {
      {"VERSION Redis holds schema 9", "version", "Redis holds schema 9"},
      {"BAD_ARGS what", "bad_args", "what"},
      {"NO_MEMBER no such member", "no_member", "no such member"},
      {"TOKEN_VERSION the tokens were renewed", "token_version", "the tokens were renewed"},
      {"NOT_ACTIVE erased", "not_active", "erased"},
      {"OTHER_PAYER taken", "other_payer", "taken"},
      {"OTHER_DATA_KEY sealed under another", "other_data_key", "sealed under another"},
      {"TOKEN_SPENT refused before", "token_spent", "refused before"},
      {"VERSION", "version", "VERSION"},
  };
  for (const Row& row : table) {
    const Failure failure = failure_for(row.text);
    EXPECT_EQ(failure.kind, FailureKind::permanent) << row.text;
    EXPECT_EQ(failure.code, row.code) << row.text;
    EXPECT_EQ(failure.detail, row.detail) << row.text;
  }
}

TEST(QueueScripts, EachScriptBeginsWithThePreludeAndIsAnother) {
  const auto scripts = QueueScripts::shared();
  EXPECT_EQ(scripts, QueueScripts::shared());
  std::set<std::string> names;
  std::set<std::string> sums;
  for (const redis::Script& script :
       {scripts->claim,        scripts->heartbeat,   scripts->checkpoint,    scripts->finish,
        scripts->postpone,     scripts->requeue,     scripts->reap,          scripts->enqueue,
        scripts->member_add,   scripts->quota_take,  scripts->quota_refused, scripts->raise_fence,
        scripts->token_intent, scripts->token_load,  scripts->token_store,   scripts->stats,
        scripts->lead,         scripts->promote,     scripts->plan,          scripts->tidy,
        scripts->take_inbox,   scripts->carry_out,   scripts->expand,        scripts->reconcile,
        scripts->token_keys,   scripts->token_rewrap}) {
    names.insert(script.name());
    sums.insert(script.sha1());
    EXPECT_NE(script.source().find("version_refused("), std::string::npos) << script.name();
    // Its own text says which it is.
    EXPECT_NE(script.source().find("\n-- " + script.name() + ": version"), std::string::npos)
        << script.name();
  }
  EXPECT_EQ(names.size(), 26U);
  EXPECT_EQ(sums.size(), 26U);
}

TEST(QueueScripts, CallsWithTheRootAndTheWritersVersionFirst) {
  boost::asio::io_context io;
  ScriptedRedis redis;
  redis.answers.emplace_back(number_reply(3));
  const auto scripts = QueueScripts::shared();
  const auto reply = run(io, call_script(redis, scripts->promote, {"100"}));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply->integer(), 3);
  EXPECT_EQ(redis.asked, (std::vector<redis::Command>{
                             {"EVALSHA", scripts->promote.sha1(), "1", "cf:{0}", "1", "100"}}));
}

TEST(QueueScripts, AnErrorReplyIsAFailureAndSoIsAnAbsence) {
  boost::asio::io_context io;
  ScriptedRedis redis;
  redis.answers.emplace_back(error_reply("LEASE_LOST gone"));
  redis.answers.emplace_back(redis_away());
  const auto scripts = QueueScripts::shared();
  EXPECT_EQ(run(io, call_script(redis, scripts->finish, {})).failure().kind,
            FailureKind::lease_lost);
  EXPECT_EQ(run(io, call_script(redis, scripts->finish, {})).failure().code, "redis_unreachable");
}

TEST(QueueScripts, WritesTimesAndFencesAsWholeNumbers) {
  EXPECT_EQ(text(Duration(30s)), "30000");
  EXPECT_EQ(text(Duration::zero()), "0");
  EXPECT_EQ(text(Fence{9'007'199'254'740'991}), "9007199254740991");
  EXPECT_EQ(text_or_none(WallTime(Duration(1'800'000'000'123))), "1800000000123");
  EXPECT_EQ(text_or_none(std::nullopt), "");
  std::vector<std::string> arguments{"before"};
  append(arguments, {*JobId::parse("j1"), *MemberId::parse("M1"), Fence{7}});
  EXPECT_EQ(arguments, (std::vector<std::string>{"before", "j1", "M1", "7"}));
}

}  // namespace
}  // namespace claimferry::queue
