#include "common/http/byte_budget.hpp"

#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::http {
namespace {

using namespace std::chrono_literals;

// A body: what it holds, and how its last call ended.
struct Holder {
  ByteBudget::Held held;
  bool waits = false;
  std::string code;                         // of the failure
  boost::asio::cancellation_signal cancel;  // a slot serves one call at a time
};

awaitable<void> take_into(ByteBudget& budget, Holder& holder, std::uint64_t bytes,
                          SteadyTime deadline) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto held = co_await budget.take(bytes, deadline);
  holder.waits = false;
  holder.code = held ? "" : held.failure().code;
  holder.held = held ? std::move(*held) : nullptr;
}

awaitable<void> grow_into(ByteBudget& budget, Holder& holder, std::uint64_t bytes,
                          SteadyTime deadline) {
  auto grown = co_await budget.grow(holder.held, bytes, deadline);
  holder.waits = false;
  holder.code = grown ? "" : grown.failure().code;
}

class ByteBudgetTest : public testing::Test {
 protected:
  void take(Holder& holder, std::uint64_t bytes, Duration patience = 1h) {
    begin_to_take(holder, bytes, patience);
    poll();
  }
  void begin_to_take(Holder& holder, std::uint64_t bytes, Duration patience = 1h) {
    holder.waits = true;
    auto taking = take_into(budget, holder, bytes, clock.steady() + patience);
    boost::asio::co_spawn(
        io, std::move(taking),
        boost::asio::bind_cancellation_slot(holder.cancel.slot(), expect_no_exception));
  }
  void grow(Holder& holder, std::uint64_t bytes, Duration patience = 1h) {
    holder.waits = true;
    auto growing = grow_into(budget, holder, bytes, clock.steady() + patience);
    boost::asio::co_spawn(io, std::move(growing), expect_no_exception);
    poll();
  }
  void let_go(Holder& holder) {
    holder.held.reset();
    poll();
  }
  void poll() {
    io.restart();
    io.poll();
  }
  static void expect_no_exception(std::exception_ptr error) { EXPECT_FALSE(error); }

  SystemClock clock;
  boost::asio::io_context io;
  ByteBudget budget{executor_of(io), 100};
  Holder a;
  Holder b;
  Holder c;
};

TEST_F(ByteBudgetTest, ServesInOrderWithinTheBudget) {
  take(a, 60);
  take(b, 60);
  take(c, 10);
  EXPECT_TRUE(a.held);
  EXPECT_TRUE(b.waits);
  EXPECT_TRUE(c.waits);  // the small one does not overtake: nobody starves
  let_go(a);
  EXPECT_TRUE(b.held);
  EXPECT_TRUE(c.held);
  EXPECT_EQ(budget.in_use(), 70U);
}

TEST_F(ByteBudgetTest, LetsALargerOneGoWhenItIsAlone) {
  take(a, 10);
  take(b, 500);
  take(c, 10);
  EXPECT_TRUE(b.waits);
  let_go(a);
  EXPECT_TRUE(b.held);
  EXPECT_EQ(budget.in_use(), 500U);
  EXPECT_TRUE(c.waits);
  let_go(b);
  EXPECT_TRUE(c.held);
}

TEST_F(ByteBudgetTest, LetsBodiesGrowBesideEachOtherWhileTheyFit) {
  take(a, 20);
  take(b, 20);
  grow(a, 20);
  grow(b, 20);
  grow(a, 20);
  EXPECT_FALSE(a.waits || b.waits);
  EXPECT_EQ(budget.in_use(), 100U);
}

TEST_F(ByteBudgetTest, LetsOneBodyPassTheBudgetAndTheOthersWaitForIt) {
  take(a, 50);
  take(b, 50);
  grow(a, 30);  // in overdraft
  EXPECT_FALSE(a.waits);
  grow(b, 30);
  EXPECT_TRUE(b.waits);
  grow(a, 300);  // goes on without waiting, or neither would ever end
  EXPECT_FALSE(a.waits);
  EXPECT_EQ(budget.in_use(), 430U);
  let_go(a);
  EXPECT_FALSE(b.waits);
  EXPECT_EQ(b.code, "");
  EXPECT_EQ(budget.in_use(), 80U);
}

// Whatever they want, half-read bodies all come to their end, and never hold more than the budget
// and one of them.
TEST_F(ByteBudgetTest, NeverLetsHalfReadBodiesWaitForEachOther) {
  std::vector<Holder> bodies(10);
  std::vector<unsigned> steps(bodies.size(), 0);
  for (Holder& body : bodies) {
    take(body, 10);
  }
  for (unsigned round = 0; round < 1'000; ++round) {
    const std::size_t at = round % bodies.size();
    Holder& body = bodies[at];
    if (body.held && !body.waits && ++steps[at] <= 9) {
      grow(body, 10);
    } else if (body.held && !body.waits) {
      let_go(body);
    }
    ASSERT_LE(budget.in_use(), 200U);
  }
  EXPECT_EQ(budget.in_use(), 0U);
  for (const Holder& body : bodies) {
    EXPECT_FALSE(body.held || body.waits);
  }
}

TEST_F(ByteBudgetTest, HoldsNobodyUpByABodyThatStalls) {
  take(a, 40);
  grow(a, 10);  // and then its peer sends no more
  take(b, 40);
  grow(b, 10);
  EXPECT_FALSE(b.waits);
  grow(b, 10);  // b passes the budget, not a
  EXPECT_FALSE(b.waits);
  let_go(b);
  take(b, 40);
  EXPECT_TRUE(b.held);
}

TEST_F(ByteBudgetTest, EndsAnOverdraftAsSoonAsTheBudgetFits) {
  take(a, 50);
  take(b, 50);
  grow(a, 30);
  let_go(b);  // a stalls from here on, but holds no more than its own
  take(c, 20);
  ASSERT_TRUE(c.held);
  grow(c, 30);
  EXPECT_FALSE(c.waits);
}

TEST_F(ByteBudgetTest, ServesWhatIsHalfReadBeforeNewcomers) {
  take(a, 60);
  take(b, 30);
  grow(a, 60);
  grow(b, 20);
  take(c, 10);
  let_go(a);
  EXPECT_FALSE(b.waits);
  EXPECT_TRUE(c.held);
  EXPECT_EQ(budget.in_use(), 60U);
}

TEST_F(ByteBudgetTest, EndsAWaitAtItsDeadline) {
  take(a, 100);
  take(b, 10, 1ms);
  take(c, 10);
  while (b.waits) {
    io.run_one();
  }
  EXPECT_EQ(b.code, "body_budget");
  grow(a, 1);
  Holder d;
  d.held = budget.take_at_once(5);
  grow(d, 1, 1ms);
  while (d.waits) {
    io.run_one();
  }
  EXPECT_EQ(d.code, "body_budget");
  EXPECT_TRUE(c.waits);
  let_go(a);
  EXPECT_TRUE(c.held);
}

TEST_F(ByteBudgetTest, LetsTheNextGoWhenTheFirstGivesUp) {
  take(a, 60);
  take(b, 60, 1ms);
  take(c, 10);
  while (c.waits) {
    io.run_one();
  }
  EXPECT_EQ(b.code, "body_budget");
  EXPECT_TRUE(c.held);
}

TEST_F(ByteBudgetTest, IsLeftByWhoIsCancelled) {
  take(a, 100);
  take(b, 10);
  b.cancel.emit(boost::asio::cancellation_type::terminal);
  poll();
  EXPECT_FALSE(b.waits);
  EXPECT_EQ(b.code, "cancelled");
  take(c, 10);
  let_go(a);
  EXPECT_TRUE(c.held);
}

TEST_F(ByteBudgetTest, CountsWhatMustNotWait) {
  take(a, 100);
  b.held = budget.take_at_once(30);
  EXPECT_EQ(budget.in_use(), 130U);
  take(c, 1);
  EXPECT_TRUE(c.waits);
  let_go(b);
  EXPECT_TRUE(c.waits);
  a.held->shrink_to(50);
  poll();
  EXPECT_TRUE(c.held);
  EXPECT_EQ(budget.in_use(), 51U);
}

TEST_F(ByteBudgetTest, MayBeGivenBackFromAnotherThreadAndAfterItsEnd) {
  take(a, 100);
  take(b, 100);
  std::thread([this] { a.held.reset(); }).join();
  poll();
  EXPECT_TRUE(b.held);
  ByteBudget::Held outlives;
  {
    boost::asio::io_context other;
    ByteBudget gone(executor_of(other), 100);
    auto taken = contract::run(other, gone.take(50, clock.steady() + 1h));
    outlives = std::move(*taken);
  }
  outlives.reset();
}

// What another thread let go before a call waits is granted to it there and then.
TEST_F(ByteBudgetTest, LosesNoWakeUpBetweenALookAndAWait) {
  take(a, 100);
  take(b, 60);
  begin_to_take(c, 10);
  std::thread([this] { a.held.reset(); }).join();
  poll();
  EXPECT_TRUE(b.held);
  EXPECT_TRUE(c.held);
}

TEST_F(ByteBudgetTest, IsSharedByThreads) {
  for (unsigned round = 0; round < 300; ++round) {
    auto taken = contract::run(io, budget.take(100, clock.steady() + 1h));
    ASSERT_TRUE(taken);
    std::thread other([held = std::move(*taken)]() mutable { held.reset(); });
    taken = contract::run(io, budget.take(100, clock.steady() + 1h));
    other.join();
    ASSERT_TRUE(taken);
  }
}

}  // namespace
}  // namespace claimferry::http
