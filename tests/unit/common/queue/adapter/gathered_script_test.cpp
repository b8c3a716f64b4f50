#include "common/queue/adapter/gathered_script.hpp"

#include <deque>
#include <map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

using testing::ElementsAre;

// A Redis that answers when it is told to.
class HeldRedis final : public redis::Client {
 public:
  explicit HeldRedis(boost::asio::io_context& io) : io_(io) {}

  awaitable<Result<redis::Reply>> command(redis::Command command) override {
    // EVALSHA, the script, 1, the root and the version stand before the arguments.
    asked.emplace_back(command.begin() + 5, command.end());
    auto& held = held_.emplace_back(io_, boost::asio::steady_timer::time_point::max());
    co_await held.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return answer_;
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command words, Duration) override {
    co_return co_await command(std::move(words));
  }

  // The call that is on its way comes back with this.
  void answer(Result<redis::Reply> reply) {
    answer_ = std::move(reply);
    held_.back().cancel();
  }
  void answer_each(std::size_t count) {
    redis::Reply::Array items;
    for (std::size_t at = 0; at < count; ++at) {
      items.push_back(number_reply(static_cast<std::int64_t>(at)));
    }
    answer(list_reply(std::move(items)));
  }

  // Before the io_context goes.
  void forget() { held_.clear(); }

  std::vector<std::vector<std::string>> asked;

 private:
  boost::asio::io_context& io_;
  std::deque<boost::asio::steady_timer> held_;
  Result<redis::Reply> answer_ = redis::Reply();
};

class GatheredScriptTest : public testing::Test {
 protected:
  ~GatheredScriptTest() override {
    redis_.forget();
    io_.reset();  // cut-off calls go before what they refer to
  }

  void call(const std::string& name) {
    boost::asio::co_spawn(
        *io_, note(name),
        boost::asio::bind_cancellation_slot(cut_off_[name].slot(), [](std::exception_ptr) {}));
    settle();
  }
  awaitable<void> note(std::string name) {
    std::vector<std::string> arguments(1, name);
    auto reply = co_await script_.call(std::move(arguments));
    answers_.emplace(name, std::move(reply));
  }
  void settle() {
    io_->restart();
    io_->poll();
  }
  std::string answer_of(const std::string& name) const {
    const auto found = answers_.find(name);
    if (found == answers_.end()) {
      return "none yet";
    }
    return found->second ? std::to_string(*found->second->integer()) : found->second.failure().code;
  }

  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
  HeldRedis redis_{*io_};
  GatheredScript script_{redis_, QueueScripts::shared()->finish};
  std::map<std::string, boost::asio::cancellation_signal> cut_off_;
  std::map<std::string, Result<redis::Reply>> answers_;
};

TEST_F(GatheredScriptTest, OneThatComesAloneGoesAtOnce) {
  call("a");
  EXPECT_THAT(redis_.asked, ElementsAre(ElementsAre("a")));
  redis_.answer_each(1);
  settle();
  EXPECT_EQ(answer_of("a"), "0");
  call("b");
  EXPECT_THAT(redis_.asked, ElementsAre(ElementsAre("a"), ElementsAre("b")));
}

TEST_F(GatheredScriptTest, ThoseThatComeMeanwhileGoTogetherAndEachGetsItsOwnAnswer) {
  for (const char* name : {"a", "b", "c", "d"}) {
    call(name);
  }
  EXPECT_THAT(redis_.asked, ElementsAre(ElementsAre("a")));
  redis_.answer_each(1);
  settle();
  EXPECT_THAT(redis_.asked, ElementsAre(ElementsAre("a"), ElementsAre("b", "c", "d")));
  EXPECT_EQ(answer_of("a"), "0");
  EXPECT_EQ(answer_of("b"), "none yet");
  redis_.answer_each(3);
  settle();
  EXPECT_EQ(answer_of("b"), "0");
  EXPECT_EQ(answer_of("c"), "1");
  EXPECT_EQ(answer_of("d"), "2");
}

TEST_F(GatheredScriptTest, ARefusalIsOneCallersAndAFailureEverybodys) {
  for (const char* name : {"a", "b", "c", "d"}) {
    call(name);
  }
  redis_.answer(redis_away());
  settle();
  EXPECT_EQ(answer_of("a"), "redis_unreachable");
  redis_.answer(list_reply(
      {number_reply(7), text_reply("LEASE_LOST gone"), text_reply("WRONGTYPE of a foreign key")}));
  settle();
  EXPECT_EQ(answer_of("b"), "7");
  EXPECT_EQ(answer_of("c"), "lease_lost");
  EXPECT_EQ(answer_of("d"), "redis_wrongtype");
}

TEST_F(GatheredScriptTest, AnAnswerOfAnotherShapeIsAFailure) {
  call("a");
  redis_.answer(number_reply(1));
  settle();
  EXPECT_EQ(answer_of("a"), "redis_unexpected_reply");
  call("b");
  redis_.answer_each(2);
  settle();
  EXPECT_EQ(answer_of("b"), "redis_unexpected_reply");
}

TEST_F(GatheredScriptTest, NoGroupGrowsBeyondItsBound) {
  call("first");
  for (std::size_t at = 0; at <= GatheredScript::group_max; ++at) {
    call(std::to_string(at));
  }
  redis_.answer_each(1);
  settle();
  ASSERT_EQ(redis_.asked.size(), 2U);
  EXPECT_EQ(redis_.asked[1].size(), GatheredScript::group_max);
  redis_.answer_each(GatheredScript::group_max);
  settle();
  ASSERT_EQ(redis_.asked.size(), 3U);
  EXPECT_THAT(redis_.asked[2], ElementsAre(std::to_string(GatheredScript::group_max)));
}

TEST_F(GatheredScriptTest, WhoeverIsCutOffHoldsNobodyUp) {
  for (const char* name : {"a", "b", "c"}) {
    call(name);
  }
  // One that waits, then the one that sends.
  cut_off_["b"].emit(boost::asio::cancellation_type::terminal);
  settle();
  cut_off_["a"].emit(boost::asio::cancellation_type::terminal);
  redis_.answer_each(1);
  settle();
  redis_.answer_each(redis_.asked.back().size());
  settle();
  EXPECT_EQ(redis_.asked.back().back(), "c");
  EXPECT_NE(answer_of("c"), "none yet");
  call("d");
  EXPECT_THAT(redis_.asked.back(), ElementsAre("d"));
}

}  // namespace
}  // namespace claimferry::queue
