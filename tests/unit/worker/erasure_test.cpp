#include "worker/erasure.hpp"

#include <gtest/gtest.h>

#include "tests/unit/worker/pull_outside.hpp"

namespace claimferry::worker {
namespace {

using queue::Verdict;
using Told = std::vector<std::string>;

awaitable<bool> to_the_end(Erasure* erasure, std::shared_ptr<RunningJob> job) {
  co_await erasure->run(std::move(job));
  co_return true;
}

class ErasureTest : public testing::Test {
 protected:
  std::shared_ptr<RunningJob> job(unsigned snoozes = 0) {
    queue::Lease lease = lease_of("j1", "M1", 5, clock.now);
    lease.kind = queue::JobKind::erase;
    lease.snoozes = snoozes;
    return std::make_shared<RunningJob>(std::move(lease), clock.steady(), clock.steady() + 30s);
  }
  void run(std::shared_ptr<RunningJob> running) {
    EXPECT_TRUE(run_through(io, sleeper, to_the_end(&erasure, std::move(running))));
  }
  std::string outcome() const {
    EXPECT_EQ(queue.settled.size(), 1U);
    const queue::Settlement& settled = queue.settled.front();
    return std::string(to_string(settled.verdict)) + " " + settled.code;
  }

  boost::asio::io_context io;
  StandingClock clock;
  SeededRandom random{1};
  PatientSleeper sleeper{clock};
  QueueStub queue;
  SinkStub sink;
  Events events;
  Erasure erasure{{clock, random, sleeper, queue, sink, events}};
};

TEST_F(ErasureTest, ErasesTheSinkAndIsDone) {
  run(job());
  EXPECT_EQ(sink.told, Told{"erase aetna M1"});
  EXPECT_EQ(outcome(), "done ");
  EXPECT_EQ(events.told, Told{"settled done "});
}

TEST_F(ErasureTest, ASinkThatIsAwayIsToldAndTriedAgainLaterHoweverOftenItFailed) {
  for (const unsigned snoozes : {0U, 100U, 100'000U}) {
    queue.settled.clear();
    sink.erasures.emplace_back(Failure{FailureKind::local, "disk_full", "no space left"});
    run(job(snoozes));
    EXPECT_EQ(outcome(), "snooze disk_full");
    EXPECT_LE(queue.settled.front().delay, Duration(15min));
  }
  EXPECT_EQ(std::ranges::count(events.told, "sink away"), 1);
}

TEST_F(ErasureTest, ASinkThatHoldsALargerFenceGetsALargerOne) {
  sink.erasures.emplace_back(
      Failure{FailureKind::lease_lost, "sink_erased", "90 is the erased member's fence"});
  run(job());
  EXPECT_EQ(queue.asked.front(), "raise_fence 90");
  EXPECT_EQ(outcome(), "requeue fence_raised");
  EXPECT_TRUE(events.saw("write fenced"));
}

TEST_F(ErasureTest, OneWhoseLeaseRanOutErasesNothing) {
  const auto late = job();
  clock.now += 31s;
  run(late);
  EXPECT_TRUE(sink.told.empty());
  EXPECT_TRUE(queue.settled.empty());
  EXPECT_TRUE(events.saw("lease lost"));
}

TEST_F(ErasureTest, HandedBackByADrainBeforeItBegan) {
  const auto drained = job();
  drained->stop.request({FailureKind::drained, "drained", "the worker is stopping"});
  run(drained);
  EXPECT_TRUE(sink.told.empty());
  EXPECT_EQ(outcome(), "requeue drained");
}

TEST_F(ErasureTest, NoFailureMakesItADeadLetter) {
  for (const FailureKind kind :
       {FailureKind::retryable, FailureKind::local, FailureKind::permanent,
        FailureKind::payer_refused, FailureKind::cancelled, FailureKind::rate_limited}) {
    const auto settled = erase_disposition({kind, "code", "detail"}, 1'000, random);
    EXPECT_EQ(settled.verdict, Verdict::snooze) << static_cast<int>(kind);
    EXPECT_GE(settled.delay, Duration(1s));
  }
}

}  // namespace
}  // namespace claimferry::worker
