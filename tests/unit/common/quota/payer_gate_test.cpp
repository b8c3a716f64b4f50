#include "common/quota/payer_gate.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime now{1h};

TEST(PayerGate, IsOpenUntilItIsBlockedAndAgainAfterwards) {
  PayerGate gate;
  EXPECT_EQ(gate.remaining(now), 0ms);
  gate.block(now + 30s, 1);
  EXPECT_EQ(gate.remaining(now), 30s);
  EXPECT_EQ(gate.remaining(now + 29s), 1s);
  EXPECT_EQ(gate.remaining(now + 30s), 0ms);
  EXPECT_EQ(gate.remaining(now + 1h), 0ms);
}

TEST(PayerGate, KeepsTheLaterOfTwoBlocks) {
  PayerGate gate;
  gate.block(now + 30s, 1);
  gate.block(now + 10s, 1);
  EXPECT_EQ(gate.remaining(now), 30s);
  gate.block(now + 40s, 1);
  EXPECT_EQ(gate.remaining(now), 40s);
}

TEST(PayerGate, KeepsTheLargerOfTwoEpochs) {
  PayerGate gate;
  EXPECT_EQ(gate.epoch(), 0U);
  gate.block(now + 30s, 7);
  EXPECT_EQ(gate.epoch(), 7U);
  gate.block(now + 40s, 6);
  EXPECT_EQ(gate.epoch(), 7U);
  EXPECT_EQ(gate.remaining(now), 40s);
  gate.block(now + 10s, 8);
  EXPECT_EQ(gate.epoch(), 8U);
  EXPECT_EQ(gate.remaining(now), 40s);
}

TEST(PayerGate, KeepsItsEpochWhenTheQuietIsOver) {
  PayerGate gate;
  gate.block(now + 1s, 3);
  EXPECT_EQ(gate.remaining(now + 2s), 0ms);
  EXPECT_EQ(gate.epoch(), 3U);
}

TEST(PayerGate, OpensNotEvenAMicrosecondEarly) {
  PayerGate gate;
  gate.block(now + 10ms, 1);
  EXPECT_EQ(gate.remaining(now + 10ms - 1us), 1ms);
}

TEST(PayerGate, HoldsTheLatestOfManyThreads) {
  PayerGate gate;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (unsigned first = 0; first < 4; ++first) {
    threads.emplace_back([&gate, first] {
      for (unsigned number = first; number < 1'000; number += 4) {
        gate.block(now + std::chrono::milliseconds(number), number);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(gate.remaining(now), 999ms);
  EXPECT_EQ(gate.epoch(), 999U);
}

}  // namespace
}  // namespace claimferry::quota
