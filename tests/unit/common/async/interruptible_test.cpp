#include "common/async/interruptible.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/async/sleeper.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry {
namespace {

using namespace std::chrono_literals;

Failure drained() {
  return {FailureKind::drained, "drained", ""};
}

awaitable<Result<int>> long_operation(Sleeper& sleeper, int& steps) {
  ++steps;
  co_await sleeper.sleep(1h);
  ++steps;
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) {
    co_return Failure{FailureKind::retryable, "cancelled", ""};
  }
  co_return 7;
}

awaitable<Result<int>> quick_operation() {
  co_return 7;
}

awaitable<void> run(StopSource& stop, awaitable<Result<int>> operation,
                    std::optional<Result<int>>& result) {
  result = co_await interruptible(stop, std::move(operation));
}

TEST(Interruptible, EndsAnOperationWithTheStopsReason) {
  boost::asio::io_context io;
  TimerSleeper sleeper;
  StopSource stop;
  int steps = 0;
  std::optional<Result<int>> result;
  contract::start(io, run(stop, long_operation(sleeper, steps), result));
  io.poll();
  EXPECT_EQ(steps, 1);
  stop.request(drained());
  io.poll();
  EXPECT_EQ(steps, 2);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->failure().code, "drained");
}

TEST(Interruptible, DoesNotStartWhatIsStoppedAlready) {
  boost::asio::io_context io;
  TimerSleeper sleeper;
  StopSource stop;
  stop.request(drained());
  int steps = 0;
  std::optional<Result<int>> result;
  contract::start(io, run(stop, long_operation(sleeper, steps), result));
  io.poll();
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(result->failure().code, "drained");
}

TEST(Interruptible, PassesTheResultOfAnUndisturbedOperation) {
  boost::asio::io_context io;
  StopSource stop;
  std::optional<Result<int>> result;
  contract::start(io, run(stop, quick_operation(), result));
  io.poll();
  EXPECT_EQ(**result, 7);
}

TEST(Interruptible, KeepsTheFirstReason) {
  StopSource stop;
  stop.request(drained());
  stop.request({FailureKind::lease_lost, "lease_lost", ""});
  EXPECT_EQ(stop.why().code, "drained");
}

}  // namespace
}  // namespace claimferry
