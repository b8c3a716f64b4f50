#include "common/quota/permit_stock.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime now{1h};

class PermitStockTest : public testing::Test {
 protected:
  static Grant grant(std::chrono::microseconds first_in, std::uint64_t epoch = 0) {
    Grant some;
    some.granted[Use::urgent] = 1;
    some.granted[Use::routine] = 2;
    some.first_in = first_in;
    some.interval = 5ms;
    some.epoch = epoch;
    return some;
  }

  PermitStock stock;
};

TEST_F(PermitStockTest, GivesThePermitsOfAGrantInOrderEachFromItsSlotOn) {
  stock.add(grant(2ms), now);
  EXPECT_EQ(stock.size(), 3U);
  EXPECT_EQ(stock.next_start(), now + 2ms);
  EXPECT_EQ(stock.last_start(), now + 12ms);
  EXPECT_FALSE(stock.take_due(now + 2ms - 1us));
  EXPECT_EQ(stock.take_due(now + 2ms)->use, Use::urgent);
  EXPECT_FALSE(stock.take_due(now + 2ms));
  EXPECT_EQ(stock.take_due(now + 7ms)->use, Use::routine);
  EXPECT_EQ(stock.take_due(now + 20ms)->starts, now + 12ms);
  EXPECT_FALSE(stock.take_due(now + 20ms));
  EXPECT_FALSE(stock.next_start());
  EXPECT_FALSE(stock.last_start());
}

TEST_F(PermitStockTest, WhereNoLimitIsKnownAllStartAtOnce) {
  Grant all = grant(0us);
  all.interval = 0us;
  stock.add(all, now);
  for (unsigned number = 0; number < 3; ++number) {
    EXPECT_TRUE(stock.take_due(now));
  }
}

TEST_F(PermitStockTest, TwoGrantsStandInOrderOfTheirSlots) {
  stock.add(grant(20ms), now);
  stock.add(grant(0us), now);
  SteadyTime last{};
  unsigned taken = 0;
  for (Duration passed = 0ms; passed < 40ms; passed += 1ms) {
    while (const auto permit = stock.take_due(now + passed)) {
      EXPECT_GE(permit->starts, last);
      last = permit->starts;
      ++taken;
    }
  }
  EXPECT_EQ(taken, 6U);
}

TEST_F(PermitStockTest, APermitThatWasNotTakenInItsTimeIsVoid) {
  stock.add(grant(0us), now);
  const auto second = stock.take_due(now + 5ms + limits::permit_life);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->starts, now + 5ms);
  EXPECT_FALSE(stock.take_due(now + 1h));
  EXPECT_EQ(stock.size(), 0U);
}

// A process that stood still has missed slots; a payer would count them at once.
TEST_F(PermitStockTest, WhatWasMissedDoesNotLeaveInABunch) {
  stock.add(grant(0us), now);
  const SteadyTime later = now + 50ms;
  EXPECT_TRUE(stock.take_due(later));
  EXPECT_FALSE(stock.take_due(later));
  EXPECT_FALSE(stock.take_due(later + 2ms));
  EXPECT_TRUE(stock.take_due(later + 5ms));
  EXPECT_FALSE(stock.take_due(later + 6ms));
  EXPECT_TRUE(stock.take_due(later + 10ms));
}

TEST_F(PermitStockTest, ABurstDoes) {
  Grant burst = grant(0us);
  burst.first_in = -1h;
  stock.add(burst, now);
  for (unsigned number = 0; number < 3; ++number) {
    EXPECT_TRUE(stock.take_due(now + 50ms));
  }
}

TEST_F(PermitStockTest, OneThatWasPutBackKeepsItsSlotAndItsTime) {
  stock.add(grant(0us), now);
  const auto first = stock.take_due(now);
  stock.put_back(*first);
  EXPECT_EQ(stock.size(), 3U);
  const auto again = stock.take_due(now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->use, Use::urgent);
  stock.put_back(*again);
  stock.drop_expired(now + limits::permit_life + 1us);
  EXPECT_EQ(stock.size(), 2U);
}

TEST_F(PermitStockTest, AQuietVoidsThePermitsOfEarlierEpochs) {
  stock.add(grant(0us, 4), now);
  stock.add(grant(0us, 5), now);
  stock.drop_before(5);
  EXPECT_EQ(stock.size(), 3U);
  EXPECT_EQ(stock.take_due(now)->epoch, 5U);
  stock.drop_before(6);
  EXPECT_EQ(stock.size(), 0U);
}

// A slot that has begun is the payer's rate of a moment ago: given out again it would come on top.
TEST_F(PermitStockTest, GivesUpAllAndCountsTheSlotsThatAreToCome) {
  stock.add(grant(0us), now);
  EXPECT_EQ(stock.give_up(now + 1ms), 2U);
  EXPECT_EQ(stock.size(), 0U);
  EXPECT_EQ(stock.give_up(now + 1ms), 0U);
  stock.add(grant(0us), now);
  EXPECT_EQ(stock.give_up(now + 11ms), 0U);
  EXPECT_EQ(stock.size(), 0U);
}

}  // namespace
}  // namespace claimferry::quota
