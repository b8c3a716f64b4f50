// What a real Redis does not do on demand: others that never stop writing, connections cut in the
// middle. The rest is in tests/contract.
#include "common/queue/adapter/function_library.hpp"

#include <algorithm>
#include <map>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/redis/fake_server.hpp"

namespace claimferry::queue {
namespace {

class FunctionLibraryTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.handler = [this](const redis::Command& command) -> std::optional<std::string> {
      if (command[0] == cut_at_) {
        server_.disconnect();
        return std::nullopt;
      }
      const auto found = answers_.find(command[0]);
      return found == answers_.end() ? "+OK\r\n" : found->second;
    };
  }
  redis::Session session() {
    auto open = redis::Session::open(executor_of(io_), server_.endpoint());
    return contract::run(io_, std::move(open)).value();
  }
  Result<FunctionLibrary::Outcome> ensure(redis::Session& session) {
    const FunctionLibrary library({3, "#!lua name=claimferry"});
    return contract::run(io_, library.ensure(session));
  }
  std::ptrdiff_t times(const std::string& word) const {
    return std::ranges::count(server_.received, word,
                              [](const auto& command) -> const auto& { return command[0]; });
  }

  boost::asio::io_context io_;
  redis::FakeServer server_{io_};
  std::map<std::string, std::string> answers_{{"HGET", "$-1\r\n"}, {"FUNCTION", "*0\r\n"}};
  std::string cut_at_;
};

TEST_F(FunctionLibraryTest, GivesUpWhenOthersNeverStopWriting) {
  answers_["EXEC"] = "*-1\r\n";
  auto session = this->session();
  const auto outcome = ensure(session);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.failure().kind, FailureKind::local);
  EXPECT_EQ(outcome.failure().code, "library_contended");
  EXPECT_EQ(times("EXEC"), 5);
  EXPECT_EQ(times("WATCH"), 5);
}

TEST_F(FunctionLibraryTest, LooksAgainAfterATransactionThatDidNotRun) {
  server_.handler = [this](const redis::Command& command) -> std::optional<std::string> {
    if (command[0] == "EXEC") {
      return times("EXEC") == 1 ? "*-1\r\n" : "*2\r\n$10\r\nclaimferry\r\n:1\r\n";
    }
    const auto found = answers_.find(command[0]);
    return found == answers_.end() ? "+OK\r\n" : found->second;
  };
  auto session = this->session();
  EXPECT_EQ(*ensure(session), FunctionLibrary::Outcome::loaded);
  EXPECT_EQ(times("EXEC"), 2);
}

TEST_F(FunctionLibraryTest, TellsThatTheConnectionWasCutWhereverItWasCut) {
  for (const std::string word : {"WATCH", "HGET", "FUNCTION", "MULTI", "HSET", "EXEC"}) {
    cut_at_ = word;
    auto session = this->session();
    const auto outcome = ensure(session);
    ASSERT_FALSE(outcome.ok()) << word;
    EXPECT_EQ(outcome.failure().kind, FailureKind::local) << word;
    EXPECT_EQ(outcome.failure().code, "redis_disconnected") << word;
    EXPECT_FALSE(session.alive()) << word;
  }
}

TEST_F(FunctionLibraryTest, RunsNoHalfOfATransaction) {
  answers_["HSET"] = "-NOPERM this user has no permissions to run the 'hset' command\r\n";
  auto session = this->session();
  EXPECT_EQ(ensure(session).failure().code, "redis_noperm");
  EXPECT_EQ(times("EXEC"), 0);
  EXPECT_EQ(server_.received.back(), redis::Command{"DISCARD"});
}

TEST_F(FunctionLibraryTest, LoadsNothingWithoutATransaction) {
  answers_["MULTI"] = "-NOPERM this user has no permissions to run the 'multi' command\r\n";
  auto session = this->session();
  EXPECT_EQ(ensure(session).failure().code, "redis_noperm");
  EXPECT_EQ(times("FUNCTION"), 1);  // the look
  EXPECT_EQ(times("HSET"), 0);
}

TEST_F(FunctionLibraryTest, SaysHowToTakeBackARecordThatItCouldNotTakeBack) {
  answers_["EXEC"] = "*2\r\n-ERR Error compiling function\r\n:1\r\n";
  answers_["EVAL"] = "-NOPERM this user has no permissions to run the 'eval' command\r\n";
  auto session = this->session();
  const auto outcome = ensure(session);
  EXPECT_EQ(outcome.failure().code, "library_refused");
  EXPECT_NE(outcome.failure().detail.find("redis-cli HDEL 'cf:{0}:meta' library"),
            std::string::npos);
}

}  // namespace
}  // namespace claimferry::queue
