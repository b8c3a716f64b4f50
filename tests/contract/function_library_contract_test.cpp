// FunctionLibrary against a real Redis: two schedulers of different versions, libraries lost, and
// what Redis refuses.
#include <gtest/gtest.h>

#include "common/queue/adapter/function_library.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::queue {
namespace {

using enum FunctionLibrary::Outcome;
using redis::Command;
using redis::Reply;
using redis::Session;
using Outcome = Result<FunctionLibrary::Outcome>;

LibraryText text(unsigned version, const std::string& further = "") {
  return {version,
          "#!lua name=claimferry\n"
          "redis.register_function('cf_version', function() return " +
              std::to_string(version) + " end)\n" + further};
}

const std::string help = "redis.register_function('cf_help', function() return 'help' end)\n";

class FunctionLibraryContract : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_.start();
  }

  Session session(redis::Endpoint endpoint) {
    auto open = Session::open(executor_of(io_), std::move(endpoint));
    return contract::run(io_, std::move(open)).value();
  }
  Session session() { return session(server_.endpoint()); }
  Reply ask(Command command) {
    if (!person_) {
      person_ = session();
    }
    return *contract::run(io_, person_->command(std::move(command)));
  }
  Outcome ensure(Session& session, LibraryText ours) {
    const FunctionLibrary library(std::move(ours));
    return contract::run(io_, library.ensure(session));
  }
  Outcome ensure(LibraryText ours) {
    Session session = this->session();
    return ensure(session, std::move(ours));
  }
  // What FCALL answers, and the record; 0 and "none" when there is none.
  std::int64_t loaded_version() {
    const Reply reply = ask({"FCALL", "cf_version", "0"});
    return reply.integer() == nullptr ? 0 : *reply.integer();
  }
  std::string recorded() {
    const Reply reply = ask({"HGET", "cf:{0}:meta", "library"});
    return reply.text() == nullptr ? "none" : *reply.text();
  }
  void expect_version(unsigned version) {
    EXPECT_EQ(loaded_version(), version);
    EXPECT_EQ(recorded(), std::to_string(version));
  }
  void record(const std::string& version) { ask({"HSET", "cf:{0}:meta", "library", version}); }

  contract::RedisServer server_;
  boost::asio::io_context io_;
  std::optional<Session> person_;
};

TEST_F(FunctionLibraryContract, LoadsTheLibraryOnceAndRecordsItsVersion) {
  Session session = this->session();
  EXPECT_EQ(*ensure(session, text(1)), loaded);
  expect_version(1);
  EXPECT_EQ(*ensure(session, text(1)), current);
  EXPECT_EQ(*ensure(text(1)), current);
  expect_version(1);
}

TEST_F(FunctionLibraryContract, ReplacesAnOlderOneAndNeverANewer) {
  EXPECT_EQ(*ensure(text(9)), loaded);
  EXPECT_EQ(*ensure(text(10)), loaded);
  expect_version(10);
  EXPECT_EQ(*ensure(text(9)), newer_there);
  expect_version(10);
}

TEST_F(FunctionLibraryContract, ReplacesAnotherTextOfTheSameVersion) {
  EXPECT_EQ(*ensure(text(1)), loaded);
  EXPECT_EQ(*ensure(text(1, help)), loaded);
  EXPECT_EQ(ask({"FCALL", "cf_help", "0"}), Reply{"help"});
  EXPECT_EQ(*ensure(text(1, help)), current);
}

awaitable<void> keep_outcome(const FunctionLibrary& library, Session& session,
                             std::optional<Outcome>& outcome) {
  outcome.emplace(co_await library.ensure(session));
}

// The older scheduler has an event loop of its own, which is stopped when Redis has seen the last
// command of its look. Its next command is another turn of that loop away.
TEST_F(FunctionLibraryContract, AnOlderOneThatHadLookedBeforeTheNewerLoadedLooksAgain) {
  EXPECT_EQ(*ensure(text(1)), loaded);
  boost::asio::io_context older_io;
  Session older =
      contract::run(older_io, Session::open(executor_of(older_io), server_.endpoint())).value();
  const Reply id = *contract::run(older_io, older.command({"CLIENT", "ID"}));
  const auto has_looked = [&] {
    const Reply told = ask({"CLIENT", "LIST", "ID", std::to_string(*id.integer())});
    return told.text()->find(" cmd=function|list ") != std::string::npos;
  };
  const FunctionLibrary library(text(2));
  std::optional<Outcome> outcome;
  older_io.restart();
  contract::start(older_io, keep_outcome(library, older, outcome));
  while (!has_looked()) {
    ASSERT_GT(older_io.run_one(), 0U);
  }
  EXPECT_EQ(*ensure(text(3)), loaded);
  while (!outcome && older_io.run_one() > 0) {
  }
  EXPECT_EQ(**outcome, newer_there);
  expect_version(3);
  // It did meet the newer one's write: its transaction was sent, and loaded nothing.
  const Reply told = ask({"INFO", "commandstats"});
  EXPECT_NE(told.text()->find("cmdstat_exec:calls=3,"), std::string::npos) << *told.text();
}

TEST_F(FunctionLibraryContract, BringsBackALibraryThatRedisLost) {
  EXPECT_EQ(*ensure(text(4)), loaded);
  ask({"FUNCTION", "FLUSH"});
  EXPECT_EQ(loaded_version(), 0);
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
}

TEST_F(FunctionLibraryContract, RecordsAgainWhatWasLostWithEveryKey) {
  EXPECT_EQ(*ensure(text(4)), loaded);
  ask({"FLUSHALL"});
  EXPECT_EQ(recorded(), "none");
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
  ask({"FLUSHALL"});
  ask({"FUNCTION", "FLUSH"});
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
}

TEST_F(FunctionLibraryContract, ARecordWithoutALibraryProtectsNothing) {
  record("9");
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
}

TEST_F(FunctionLibraryContract, ALibraryWithoutAReadableRecordIsReplaced) {
  ask({"FUNCTION", "LOAD", text(7).code});
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
  record("four");
  EXPECT_EQ(*ensure(text(4)), loaded);
  expect_version(4);
}

TEST_F(FunctionLibraryContract, ATextThatDoesNotCompileLeavesLibraryAndRecordAsTheyWere) {
  EXPECT_EQ(*ensure(text(1)), loaded);
  Session session = this->session();
  for (const std::string wrong : {"this is no Lua\n", "redis.no_such_call()\n",
                                  "redis.register_function('cf_version', print)\n"}) {
    const auto refused = ensure(session, text(2, wrong));
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
    EXPECT_EQ(refused.failure().code, "library_refused") << refused.failure().detail;
    EXPECT_NE(refused.failure().detail.find("version 2"), std::string::npos);
    expect_version(1);
  }
  EXPECT_EQ(*ensure(session, text(1)), current);
  EXPECT_EQ(*ensure(session, text(2)), loaded);
  expect_version(2);
}

TEST_F(FunctionLibraryContract, ATextThatDoesNotCompileLeavesNoRecordWhereThereWasNone) {
  EXPECT_EQ(ensure(text(2, "this is no Lua\n")).failure().code, "library_refused");
  EXPECT_EQ(loaded_version(), 0);
  EXPECT_EQ(recorded(), "none");
}

TEST_F(FunctionLibraryContract, SaysWhichOtherLibraryOwnsAFunctionOfOurs) {
  ask({"FUNCTION", "LOAD",
       "#!lua name=toolbox\n"
       "redis.register_function('CF_Help', function() return 1 end)\n"});
  const auto taken = ensure(text(1, help));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.failure().code, "library_name_taken") << taken.failure().detail;
  EXPECT_NE(taken.failure().detail.find("FUNCTION DELETE toolbox"), std::string::npos);
  EXPECT_EQ(recorded(), "none");
  ask({"FUNCTION", "DELETE", "toolbox"});
  EXPECT_EQ(*ensure(text(1, help)), loaded);
}

TEST_F(FunctionLibraryContract, TakesNoLibraryOfASimilarNameForOurs) {
  ask({"FUNCTION", "LOAD",
       "#!lua name=ClaimFerry\n"
       "redis.register_function('other', function() return 1 end)\n"});
  record("9");
  EXPECT_EQ(*ensure(text(1)), loaded);
  expect_version(1);
  EXPECT_EQ(ask({"FCALL", "other", "0"}), Reply{std::int64_t{1}});
}

TEST_F(FunctionLibraryContract, TheRightsThatItAsksForAreThoseThatItNeeds) {
  ask({"ACL", "SETUSER", "ferry", "on", ">sesame"});
  redis::Endpoint endpoint = server_.endpoint();
  endpoint.username = "ferry";
  endpoint.password = Secret("sesame");
  ask({"ACL", "SETUSER", "ferry", "+ping", "+hget", "+@transaction", "~cf:{0}:*"});
  Session session = this->session(endpoint);
  const auto refused = ensure(session, text(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
  EXPECT_EQ(refused.failure().code, "redis_noperm");
  const std::string rights =
      "'+function|list' '+function|load' +@transaction +hget +hset +hdel +eval";
  EXPECT_NE(refused.failure().detail.find(rights), std::string::npos) << refused.failure().detail;

  ask({"ACL", "SETUSER", "ferry", "+function|list"});
  EXPECT_EQ(ensure(session, text(1)).failure().code, "redis_noperm");
  EXPECT_EQ(recorded(), "none");

  ask({"ACL", "SETUSER", "ferry", "+function|load", "+hset", "+hdel", "+eval"});
  EXPECT_EQ(*ensure(session, text(1)), loaded);
  EXPECT_EQ(*ensure(session, text(1)), current);
  const auto broken = ensure(session, text(2, "this is no Lua\n"));
  EXPECT_EQ(broken.failure().code, "library_refused");
  EXPECT_EQ(broken.failure().detail.find("recorded all the same"), std::string::npos)
      << broken.failure().detail;
  expect_version(1);
}

TEST_F(FunctionLibraryContract, LeavesNothingOfItsConversationBehind) {
  Session session = this->session();
  EXPECT_EQ(*ensure(session, text(1)), loaded);
  EXPECT_EQ(*ensure(session, text(1)), current);
  record("1");
  const auto say = [&](Command command) {
    return *contract::run(io_, session.command(std::move(command)));
  };
  EXPECT_EQ(say({"MULTI"}), Reply{"OK"});
  EXPECT_EQ(say({"PING"}), Reply{"QUEUED"});
  EXPECT_FALSE(say({"EXEC"}).is_nil());
}

}  // namespace
}  // namespace claimferry::queue
