#include "common/redis/inbox.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using Waited = std::optional<bool>;

const Failure lost{FailureKind::local, "redis_disconnected", "lost"};
const Failure closed{FailureKind::local, "redis_disconnected", "closed"};

awaitable<void> wait(Inbox& inbox, Inbox::Time until, Waited& waited) {
  waited = co_await inbox.wait(until);
}
awaitable<Result<bool>> wait_once(Inbox& inbox) {
  const bool goes_on = co_await inbox.wait();
  co_return goes_on;
}
awaitable<void> wait_until_stopped(Inbox& inbox, StopSource& stop, std::optional<bool>& goes_on) {
  auto waited = co_await interruptible(stop, wait_once(inbox));
  goes_on = *waited;
}

class InboxTest : public testing::Test {
 protected:
  void start_waiting(Inbox::Time until = Inbox::Time::max()) {
    waited_.reset();
    contract::start(io_, wait(inbox_, until, waited_));
    poll();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }

  boost::asio::io_context io_;
  Inbox inbox_{executor_of(io_)};
  Waited waited_;
};

TEST_F(InboxTest, GivesMessagesInTheirOrder) {
  inbox_.put("one");
  inbox_.put("");
  EXPECT_EQ(inbox_.take(), "one");
  EXPECT_EQ(inbox_.take(), "");
  EXPECT_EQ(inbox_.take(), std::nullopt);
}

TEST_F(InboxTest, WakesWhoeverWaitsAtAMessageAndAtTheEnd) {
  start_waiting();
  EXPECT_EQ(waited_, std::nullopt);
  inbox_.put("one");
  poll();
  EXPECT_EQ(waited_, true);
  inbox_.take();
  start_waiting();
  EXPECT_EQ(waited_, std::nullopt);
  inbox_.end(lost);
  poll();
  EXPECT_EQ(waited_, true);
}

TEST_F(InboxTest, DoesNotWaitForWhatIsThere) {
  inbox_.put("one");
  start_waiting();
  EXPECT_EQ(waited_, true);
  inbox_.take();
  inbox_.end(lost);
  start_waiting();
  EXPECT_EQ(waited_, true);
}

TEST_F(InboxTest, WaitsNoLongerThanItWasTold) {
  start_waiting(std::chrono::steady_clock::now() + 1ms);
  while (!waited_ && io_.run_one_for(10s) > 0) {
  }
  EXPECT_EQ(waited_, true);
  EXPECT_EQ(inbox_.take(), std::nullopt);
}

TEST_F(InboxTest, TellsOfAWaitThatWasCutShort) {
  StopSource stop;
  std::optional<bool> goes_on;
  contract::start(io_, wait_until_stopped(inbox_, stop, goes_on));
  io_.poll();
  EXPECT_EQ(goes_on, std::nullopt);
  stop.request({FailureKind::drained, "drained", ""});
  poll();
  EXPECT_EQ(goes_on, false);
}

TEST_F(InboxTest, GivesWhatCameBeforeTheEndAndNothingAfterIt) {
  inbox_.put("before");
  inbox_.end(lost);
  inbox_.put("after");
  EXPECT_EQ(inbox_.take(), "before");
  EXPECT_EQ(inbox_.take(), std::nullopt);
}

TEST_F(InboxTest, GivesNothingOnceItIsClosed) {
  inbox_.put("before");
  inbox_.close(closed);
  EXPECT_EQ(inbox_.take(), std::nullopt);
  EXPECT_EQ(inbox_.ended()->detail, "closed");
}

TEST_F(InboxTest, KeepsTheFirstReason) {
  inbox_.end(lost);
  inbox_.close(closed);
  EXPECT_EQ(inbox_.ended()->detail, "lost");
}

}  // namespace
}  // namespace claimferry::redis
