#include "scheduler/audit_drain.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::scheduler {
namespace {

using namespace std::chrono_literals;

class Moved final : public Clock {
 public:
  WallTime wall() const override { return WallTime(); }
  SteadyTime steady() const override { return now; }
  SteadyTime now{1h};
};

// Redis and the files: what each was asked and answers.
class Both final : public audit::AuditStream, public audit::AuditStore {
 public:
  explicit Both(boost::asio::io_context& io)
      : answers(io, boost::asio::steady_timer::time_point::max()) {}
  awaitable<Result<audit::Batch>> read(queue::Term) override {
    done.emplace_back("read");
    co_return batch;
  }
  awaitable<Result<void>> forget(queue::Term, std::optional<audit::Head> known,
                                 audit::Drained durable) override {
    done.emplace_back("forget");
    EXPECT_EQ(known, batch.known);
    forgotten = std::move(durable.ids);
    co_return forgets;
  }
  awaitable<Result<audit::Drained>> take(audit::Batch taken) override {
    done.emplace_back("take");
    if (hangs) {
      co_await answers.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (refusal) {
      co_return *refusal;
    }
    audit::Drained drained{audit::Head{7, "h"}, {}, taken.lost, taken.entries.size()};
    for (const audit::Entry& entry : taken.entries) {
      drained.ids.push_back(entry.id);
    }
    drained.appended = known_there ? 0 : drained.appended;
    co_return drained;
  }

  audit::Batch batch{WallTime(), audit::Head{5, "g"}, {}};
  Result<void> forgets;
  std::optional<Failure> refusal;
  bool known_there = false;
  bool hangs = false;  // until `answers` is cancelled
  boost::asio::steady_timer answers;
  std::vector<std::string> done;
  std::vector<std::string> forgotten;
};

class Told final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    if (const auto* drained = std::get_if<telemetry::AuditDrained>(&event)) {
      records += drained->records;
    } else if (const auto* lost_now = std::get_if<telemetry::AuditLost>(&event)) {
      lost += lost_now->entries;
    } else if (const auto* trouble = std::get_if<telemetry::AuditTrouble>(&event)) {
      troubles.push_back(trouble->over ? "over" : trouble->code);
    }
  }
  std::uint64_t records = 0;
  std::uint64_t lost = 0;
  std::vector<std::string> troubles;
};

using Words = std::vector<std::string>;

class Drain : public testing::Test {
 protected:
  Result<bool> step(const std::string& term = "1") {
    both.done.clear();
    return contract::run(io, drain.step({"here", term}));
  }
  // The store answers what it was asked.
  void recover() {
    both.hangs = false;
    both.answers.cancel();
    io.restart();
    io.poll();
  }
  void waits(std::size_t entries) {
    both.batch.entries.assign(entries, audit::stream_entry("1-0", {"event", "job_ended"}));
  }

  boost::asio::io_context io;
  Moved clock;
  TimerSleeper sleeper;
  Both both{io};
  Told told;
  AuditDrain drain{{clock, sleeper, both, both, told}};
};

TEST_F(Drain, ForgetsOnlyWhatIsDurable) {
  waits(2);
  EXPECT_FALSE(*step());
  EXPECT_EQ(both.done, (Words{"read", "take", "forget"}));
  EXPECT_EQ(both.forgotten.size(), 2U);
  EXPECT_EQ(told.records, 2U);
}

TEST_F(Drain, AsksNobodyWhenNothingWaits) {
  EXPECT_FALSE(*step());
  EXPECT_EQ(both.done, Words{"read"});
}

TEST_F(Drain, GoesOnAtOnceWhereMoreWaits) {
  waits(limits::script_items_max);
  EXPECT_TRUE(*step());
  waits(2);
  both.known_there = true;  // of a crash: what follows was not looked at yet
  EXPECT_TRUE(*step());
}

TEST_F(Drain, ForgetsNothingThatTheFilesRefuseAndTellsOnce) {
  waits(2);
  both.refusal = Failure{FailureKind::local, "audit_head_unknown", "another directory"};
  EXPECT_FALSE(*step());
  EXPECT_EQ(both.done, (Words{"read", "take"}));
  EXPECT_FALSE(*step());
  EXPECT_TRUE(both.done.empty());  // not at every tick
  clock.now += 6s;
  EXPECT_FALSE(*step());
  EXPECT_EQ(told.troubles, Words{"audit_head_unknown"});
  both.refusal->code = "disk_full";
  clock.now += 6s;
  EXPECT_FALSE(*step());
  both.refusal.reset();
  clock.now += 6s;
  EXPECT_FALSE(*step());
  EXPECT_EQ(told.troubles, (Words{"audit_head_unknown", "disk_full", "over"}));
  EXPECT_EQ(both.forgotten.size(), 2U);
}

TEST_F(Drain, TellsOfEachLossOnceAlsoWhileTheFilesTakeNothing) {
  waits(1);
  both.batch.lost = 3;
  both.batch.lost_in_all = 10;  // of which 7 stand in the files since long
  both.refusal = Failure{FailureKind::local, "disk_full", ""};
  EXPECT_FALSE(*step());
  EXPECT_EQ(told.lost, 3U);
  both.batch.lost = 5;
  both.batch.lost_in_all = 12;
  clock.now += 6s;
  EXPECT_FALSE(*step());
  EXPECT_EQ(told.lost, 5U);
  both.batch.lost = both.batch.lost_in_all = 1;  // of a Redis that lost everything
  clock.now += 6s;
  EXPECT_FALSE(*step());
  EXPECT_EQ(told.lost, 6U);
}

TEST_F(Drain, GoesOnBesideAStoreThatHangsAndTellsOnce) {
  waits(limits::script_items_max);
  both.hangs = true;
  EXPECT_FALSE(*step());
  EXPECT_EQ(both.done, (Words{"read", "take"}));
  EXPECT_FALSE(*step());
  EXPECT_TRUE(both.done.empty());
  EXPECT_TRUE(told.troubles.empty());
  for (int times = 0; times < 3; ++times) {
    clock.now += 10s;
    EXPECT_FALSE(*step());
    EXPECT_TRUE(both.done.empty());  // one batch at a time
  }
  EXPECT_EQ(told.troubles, Words{"audit_stalled"});
  recover();
  EXPECT_TRUE(*step());
  EXPECT_EQ(both.done, Words{"forget"});
  EXPECT_EQ(both.forgotten.size(), limits::script_items_max);
  EXPECT_EQ(told.troubles, (Words{"audit_stalled", "over"}));
}

TEST_F(Drain, ForgetsNothingForALeadThatWasLostMeanwhile) {
  waits(1);
  both.hangs = true;
  EXPECT_FALSE(*step());
  recover();
  EXPECT_TRUE(*step("2"));
  EXPECT_TRUE(both.done.empty());
  EXPECT_FALSE(*step("2"));
  EXPECT_EQ(both.done, (Words{"read", "take", "forget"}));
}

TEST_F(Drain, MayEndBeforeTheStore) {
  waits(1);
  both.hangs = true;
  {
    AuditDrain brief({clock, sleeper, both, both, told});
    EXPECT_FALSE(*contract::run(io, brief.step({"here", "1"})));
  }
  recover();
  EXPECT_TRUE(both.forgotten.empty());
}

TEST_F(Drain, AnswersRedisFailures) {
  waits(1);
  both.forgets = Failure{FailureKind::lease_lost, "not_leader", ""};
  const auto stepped = step();
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.failure().code, "not_leader");
}

}  // namespace
}  // namespace claimferry::scheduler
