// One shard's work as a whole, in virtual time: claims, runs, and above all how it stops.
#include "worker/worker_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/unit/worker/pull_outside.hpp"
#include "tests/world/virtual_time.hpp"

namespace claimferry::worker {
namespace {

using Told = std::vector<std::string>;

class WorkerLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    payers.add(std::make_unique<Payer>(payer_profile(), Secret("secret")));
    http.answers = [this](const http::Request& request) { return pages(request); };
    const WorkerLoop::Share share{*WorkerId::parse("w1"), 4, 4};
    loop = std::make_unique<WorkerLoop>(
        executor_of(io),
        WorkerLoop::Ports{time, random, time, queue, fleet, store, http, sink, vault, events},
        payers, config, share);
  }
  void poll() {
    io.restart();
    io.poll();
  }
  // Lets virtual time pass, sleeper by sleeper.
  void pass(Duration how_long) {
    const SteadyTime until = time.steady() + how_long;
    poll();
    while (time.anyone_asleep() && time.steady() < until) {
      time.advance_to_next();
      poll();
    }
  }
  void begin() {
    loop->start();
    poll();
  }
  void begin_drain(Duration at_most = 20s) {
    boost::asio::co_spawn(io, loop->drain(at_most),
                          [this](const std::exception_ptr&) { drained = true; });
    poll();
  }
  // The next claim waits for let_claim_go().
  void hold_claims() {
    claim_held = std::make_unique<boost::asio::steady_timer>(
        io, boost::asio::steady_timer::time_point::max());
    queue.before_claim_answers = [this]() -> awaitable<void> {
      co_await claim_held->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    };
  }
  void let_claim_go() {
    claim_held->cancel();
    poll();
  }
  void offer(unsigned first, unsigned count = 1) {
    queue::ClaimReply reply;
    for (unsigned number = first; number < first + count; ++number) {
      const auto name = std::to_string(number);
      reply.leases.push_back(lease_of("j" + name, "M" + name, number, time.wall()));
    }
    queue.claims.emplace_back(std::move(reply));
  }
  unsigned claims() const {
    return static_cast<unsigned>(
        std::count_if(queue.asked.begin(), queue.asked.end(), [](const std::string& asked) {
          return asked.starts_with("claim ") && asked != "claim erasures";
        }));
  }

  world::VirtualTime time{WallTime(1'800'000'000s)};
  SeededRandom random{1};
  Events events;
  QueueStub queue;
  FleetQuotaStub fleet;
  PayerPages pages;
  PayerStub http;
  SinkStub sink;
  vault::Vault vault = vault_of_tests();
  TokenStoreStub store{vault, time};
  Payers payers;
  config::Config config;
  std::unique_ptr<WorkerLoop> loop;
  // Goes before what its coroutines use.
  boost::asio::io_context io;
  std::unique_ptr<boost::asio::steady_timer> claim_held;
  bool drained = false;
};

TEST_F(WorkerLoopTest, RunsWhatItClaimsAndClaimsAgainIntoTheFreedSlots) {
  offer(1, 4);
  offer(5, 1);
  begin();
  EXPECT_EQ(queue.settled.size(), 5U);
  EXPECT_EQ(loop->running(), 0U);
  EXPECT_EQ(queue.asked.front(), "claim 4");
  EXPECT_EQ(queue.asked.back(), "claim 4");
  begin_drain();
  pass(1s);
  EXPECT_TRUE(drained);
}

TEST_F(WorkerLoopTest, HoldsNoMoreJobsThanItHasSlots) {
  http.hold = true;
  offer(1, 4);
  begin();
  pass(5s);
  EXPECT_EQ(loop->running(), 4U);
  EXPECT_EQ(claims(), 1U);
  begin_drain();
}

TEST_F(WorkerLoopTest, AHintOfWorkEndsTheWaitForIt) {
  begin();
  EXPECT_EQ(claims(), 1U);
  loop->wake();
  poll();
  EXPECT_EQ(claims(), 2U);
  begin_drain();
}

TEST_F(WorkerLoopTest, KeepsItsLeasesWhileJobsRun) {
  http.hold = true;
  offer(1, 2);
  begin();
  pass(25s);
  EXPECT_GE(std::count(queue.asked.begin(), queue.asked.end(), "heartbeat 2"), 2);
  begin_drain();
}

TEST_F(WorkerLoopTest, ADrainHandsRunningJobsBackAndClaimsNoMore) {
  http.hold = true;
  offer(1, 2);
  offer(3, 1);
  begin();
  EXPECT_EQ(loop->running(), 3U);
  const auto before = claims();
  begin_drain();
  EXPECT_TRUE(drained);
  EXPECT_EQ(loop->running(), 0U);
  ASSERT_EQ(queue.settled.size(), 3U);
  for (const queue::Settlement& each : queue.settled) {
    EXPECT_EQ(each.verdict, queue::Verdict::requeue);
    EXPECT_EQ(each.code, "drained");
  }
  pass(1min);
  EXPECT_EQ(claims(), before);
}

TEST_F(WorkerLoopTest, WhatAClaimUnderWayBringsIsHandedBackToo) {
  hold_claims();
  offer(1, 2);
  begin();
  begin_drain();
  pass(1s);
  EXPECT_FALSE(drained);  // the claim may still bring leases
  let_claim_go();
  pass(1s);
  EXPECT_TRUE(drained);
  EXPECT_TRUE(http.sent.empty());
  EXPECT_EQ(queue.asked,
            (Told{"claim 4", "settle j1 requeue drained", "settle j2 requeue drained"}));
}

TEST_F(WorkerLoopTest, ADrainEndsAtItsDeadlineWhateverHangs) {
  hold_claims();
  begin();
  begin_drain(3s);
  pass(2s);
  EXPECT_FALSE(drained);
  pass(2s);
  EXPECT_TRUE(drained);
  let_claim_go();
}

// Its answer is the only token that there will be.
TEST_F(WorkerLoopTest, ADrainWaitsLongerForARefreshInFlight) {
  store.access_is_old = true;
  http.hold = true;
  offer(1);
  begin();
  ASSERT_EQ(http.in_flight, 1U);
  begin_drain(3s);
  pass(10s);
  EXPECT_FALSE(drained);
  http.let_go();
  pass(1s);
  EXPECT_TRUE(drained);
  EXPECT_EQ(queue.asked.back(), "settle j1 requeue drained");
}

TEST_F(WorkerLoopTest, ButNotForEver) {
  store.access_is_old = true;
  http.hold = true;
  offer(1);
  begin();
  begin_drain(3s);
  pass(limits::refresh_drain_max - 1s);
  EXPECT_FALSE(drained);
  pass(2s);
  EXPECT_TRUE(drained);
}

TEST_F(WorkerLoopTest, LeasesAreKeptUntilTheDrainIsOver) {
  hold_claims();
  begin();
  begin_drain(15s);
  queue.asked.clear();
  pass(1s);
  EXPECT_FALSE(drained);
  offer(1);
  // Its hand-back meets a Redis that is away for a while: the lease must outlive it.
  for (unsigned refusal = 0; refusal < 40; ++refusal) {
    queue.settles.emplace_back(redis_away());
  }
  let_claim_go();
  pass(14s);
  EXPECT_GE(std::count(queue.asked.begin(), queue.asked.end(), "heartbeat 1"), 1);
  EXPECT_TRUE(drained);
}

TEST_F(WorkerLoopTest, LeavesAPayerThatIsDownToItsProbes) {
  pages.status("/Patient/p1", 500);
  offer(1, 4);
  offer(5, 1);
  begin();
  EXPECT_TRUE(events.saw("breaker opened"));
  const auto before = claims();
  pass(4s);
  EXPECT_EQ(claims(), before);
  pages.page("/Patient/p1", R"({"resourceType":"Patient","id":"p1"})");
  offer(6, 1);
  pass(3s);
  EXPECT_TRUE(events.saw("breaker closed"));
  EXPECT_EQ(queue.settled.back().verdict, queue::Verdict::done);
  begin_drain();
}

}  // namespace
}  // namespace claimferry::worker
