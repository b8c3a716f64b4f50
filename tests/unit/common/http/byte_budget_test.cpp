#include "common/http/byte_budget.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::http {
namespace {

using Reservation = std::shared_ptr<ByteBudget::Reservation>;

class ByteBudgetTest : public testing::Test {
 protected:
  void take(std::uint64_t bytes) {
    boost::asio::co_spawn(io, budget.take(bytes), [this](std::exception_ptr, Reservation got) {
      granted.push_back(std::move(got));
    });
    io.restart();
    io.poll();
  }
  void poll() {
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  ByteBudget budget{io.get_executor(), 100};
  std::vector<Reservation> granted;
};

TEST_F(ByteBudgetTest, ServesInOrderWithinTheBudget) {
  take(60);
  take(60);
  take(10);
  ASSERT_EQ(granted.size(), 1U);  // the small one does not overtake: nobody starves
  granted[0].reset();
  poll();
  ASSERT_EQ(granted.size(), 3U);
  EXPECT_EQ(budget.in_use(), 70U);
}

TEST_F(ByteBudgetTest, LetsALargerOneGoWhenItIsAlone) {
  take(10);
  take(500);
  take(10);
  ASSERT_EQ(granted.size(), 1U);
  granted[0].reset();
  poll();
  ASSERT_EQ(granted.size(), 2U);
  EXPECT_EQ(budget.in_use(), 500U);
  granted[1].reset();
  poll();
  EXPECT_EQ(granted.size(), 3U);
}

TEST_F(ByteBudgetTest, CountsWhatGrows) {
  take(40);
  granted[0]->grow(100);
  EXPECT_EQ(budget.in_use(), 140U);
  take(1);
  EXPECT_EQ(granted.size(), 1U);
  granted[0].reset();
  poll();
  EXPECT_EQ(granted.size(), 2U);
  EXPECT_EQ(budget.in_use(), 1U);
}

TEST_F(ByteBudgetTest, MayBeGivenBackFromAnotherThreadAndAfterItsEnd) {
  take(100);
  take(100);
  std::thread([this] { granted[0].reset(); }).join();
  poll();
  ASSERT_EQ(granted.size(), 2U);
  Reservation outlives;
  {
    boost::asio::io_context other;
    ByteBudget gone(other.get_executor(), 100);
    outlives = contract::run(other, gone.take(50));
  }
  outlives.reset();
}

}  // namespace
}  // namespace claimferry::http
