#include "scheduler/scheduler_loop.hpp"

#include <algorithm>
#include <deque>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::scheduler {
namespace {

using namespace std::chrono_literals;
using Told = std::vector<std::string>;

constexpr auto batch = static_cast<unsigned>(limits::script_items_max);

class FixedClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  SteadyTime steady() const override { return SteadyTime(now.time_since_epoch()); }
  WallTime now = std::chrono::sys_days{2026y / 3 / 1} + 23h + 59min + 59s;
};

// Each sleep takes no time, and may end the loop.
class CountingSleeper final : public Sleeper {
 public:
  awaitable<void> sleep(Duration how_long) override {
    slept.push_back(how_long);
    on_sleep();
    co_return;
  }
  std::vector<Duration> slept;
  std::function<void()> on_sleep;
};

class Events final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    if (const auto* trouble = std::get_if<telemetry::LocalTrouble>(&event)) {
      told.push_back(std::string(trouble->what) + (trouble->over ? " back" : " away"));
    } else if (const auto* found = std::get_if<telemetry::MembersReplanned>(&event)) {
      replanned += found->members;
    } else if (const auto* process = std::get_if<telemetry::ProcessEvent>(&event)) {
      process_told.emplace_back(process->what);
    } else if (const auto* gone = std::get_if<telemetry::MembersErased>(&event)) {
      erased += gone->members;
    } else if (const auto* acted = std::get_if<telemetry::PolicyActed>(&event)) {
      policy.push_back(std::string(acted->action) + " " + std::to_string(acted->members));
    }
  }
  Told told;
  Told process_told;
  unsigned replanned = 0;
  unsigned erased = 0;
  Told policy;
};

// Answers what the test says, call by call, and that there is nothing to do when it says no more.
class PlannedQueue final : public queue::JobQueue, public queue::QueueUpkeep {
 public:
  awaitable<Result<queue::LeadReply>> lead(std::string, Duration lease, Duration) override {
    ++leads;
    co_return next_of(leaders, queue::LeadReply{"1", lease});
  }
  awaitable<Result<void>> resign(std::string holder) override {
    asked.push_back("resign " + holder);
    co_return Result<void>();
  }
  awaitable<Result<queue::TidyReply>> tidy(queue::Term, unsigned) override {
    asked.push_back("tidy");
    co_return queue::TidyReply{0, 0, 0};
  }
  awaitable<Result<queue::WordsReply>> take_inbox(queue::Term) override {
    asked.push_back("take_inbox");
    co_return next_of(inboxes, queue::WordsReply{0, 0});
  }
  awaitable<Result<queue::WordsReply>> carry_out(queue::Term) override {
    asked.push_back("carry_out");
    co_return next_of(commands, queue::WordsReply{0, 0});
  }
  awaitable<Result<unsigned>> expand(queue::Term, std::size_t) override {
    asked.push_back("expand");
    co_return next_of(expansions, 0U);
  }
  awaitable<Result<unsigned>> reconcile(queue::Term, std::vector<MemberId> members,
                                        Duration) override {
    asked.push_back("reconcile " + std::to_string(members.size()));
    co_return 2U;
  }
  awaitable<Result<queue::EraseReply>> erase(queue::Term) override {
    asked.push_back("erase");
    co_return next_of(erasures, queue::EraseReply{0, 0});
  }
  awaitable<Result<queue::RetainReply>> retain(queue::Term, std::vector<MemberId> members,
                                               queue::Retention policy) override {
    asked.push_back("retain " + std::to_string(members.size()) + " for " +
                    std::to_string(policy.erase_after_withdrawal.count()));
    co_return queue::RetainReply{1, 2, 3, 4};
  }
  awaitable<Result<unsigned>> promote(queue::Term term, unsigned count_max) override {
    EXPECT_EQ(term.holder, "here");
    asked.push_back("promote " + std::to_string(count_max));
    co_return next_of(promotes, 0U);
  }
  awaitable<Result<queue::ReapReply>> reap(unsigned count_max, Duration due_in) override {
    asked.push_back("reap " + std::to_string(count_max));
    next_due_in = due_in;
    co_return next_of(reaps, queue::ReapReply{0, 0});
  }
  awaitable<Result<queue::PlanReply>> plan(queue::Term, queue::PlanRequest request) override {
    asked.push_back("plan " + std::to_string(request.count_max));
    if (on_plan) {
      on_plan();
    }
    co_return next_of(plans, queue::PlanReply{0, 0, false, false});
  }
  awaitable<Result<void>> check_server() override { co_return not_here(); }
  awaitable<Result<queue::ClaimReply>> claim(queue::ClaimRequest) override { co_return not_here(); }
  awaitable<Result<queue::HeartbeatReply>> heartbeat(std::vector<queue::JobRef>,
                                                     Duration) override {
    co_return not_here();
  }
  awaitable<Result<void>> checkpoint(queue::JobRef, queue::Cursor) override {
    co_return not_here();
  }
  awaitable<Result<void>> settle(queue::JobRef, queue::Settlement, queue::MemberUpdate) override {
    co_return not_here();
  }
  awaitable<Result<void>> raise_fence(Fence) override { co_return not_here(); }
  awaitable<Result<Enqueued>> enqueue(MemberId, queue::JobKind, queue::Window,
                                      queue::Lane) override {
    co_return not_here();
  }
  awaitable<Result<Enqueued>> add_member(queue::SealedMember) override { co_return not_here(); }
  awaitable<Result<queue::QueueStats>> stats() override { co_return not_here(); }
  awaitable<Result<bool>> wait_for_work(Duration) override { co_return not_here(); }

  Told asked;
  unsigned leads = 0;
  std::deque<Result<queue::LeadReply>> leaders;
  std::deque<Result<queue::WordsReply>> inboxes;
  std::deque<Result<queue::WordsReply>> commands;
  std::deque<Result<unsigned>> expansions;
  std::deque<Result<queue::EraseReply>> erasures;
  std::deque<Result<unsigned>> promotes;
  std::deque<Result<queue::ReapReply>> reaps;
  std::deque<Result<queue::PlanReply>> plans;
  std::function<void()> on_plan;
  Duration next_due_in{};

 private:
  static Failure not_here() { return {FailureKind::permanent, "not_here", "no scheduler asks"}; }
  template <class T>
  static Result<T> next_of(std::deque<Result<T>>& answers, T otherwise) {
    if (answers.empty()) {
      return otherwise;
    }
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

// Answers SCAN with the members that a test names, all in one page.
class KeysOfMembers final : public redis::Client {
 public:
  awaitable<Result<redis::Reply>> command(redis::Command words) override {
    EXPECT_EQ(words[0], "SCAN");
    redis::Reply::Array keys;
    for (const std::string& member : members) {
      keys.push_back(redis::Reply{"cf:{0}:member:" + member});
    }
    redis::Reply::Array page{redis::Reply{std::string("0")}, redis::Reply{std::move(keys)}};
    co_return redis::Reply{std::move(page)};
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command words, Duration) override {
    return command(std::move(words));
  }
  std::vector<std::string> members;
};

// An audit in which nothing waits, or what the test says.
class PlannedAudit final : public audit::AuditStream, public audit::AuditStore {
 public:
  awaitable<Result<audit::Batch>> read(queue::Term term) override {
    EXPECT_EQ(term.holder, "here");
    ++reads;
    audit::Batch next{WallTime(), std::nullopt, {}};
    for (; waiting > 0 && next.entries.size() < batch; --waiting) {
      next.entries.push_back(audit::stream_entry("1-0", {"event", "job_ended"}));
    }
    co_return next;
  }
  awaitable<Result<void>> forget(queue::Term, std::optional<audit::Head>, audit::Drained) override {
    co_return Result<void>();
  }
  awaitable<Result<audit::Drained>> take(audit::Batch taken) override {
    if (hangs) {
      boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                      boost::asio::steady_timer::time_point::max());
      co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return audit::Drained{audit::Head{}, {}, 0, taken.entries.size()};
  }
  unsigned reads = 0;
  std::size_t waiting = 0;
  bool hangs = false;
};

awaitable<bool> to_the_end(SchedulerLoop* loop) {
  co_await loop->run();
  co_return true;
}

class SchedulerLoopTest : public testing::Test {
 protected:
  // Until it paused so often.
  void run_for(std::size_t pauses) {
    sleeper.slept.clear();
    sleeper.on_sleep = [this, pauses] {
      if (sleeper.slept.size() == pauses) {
        loop.stop();
      }
    };
    EXPECT_TRUE(contract::run(io, to_the_end(&loop)));
  }
  static Failure away() { return {FailureKind::local, "redis_unreachable", "away"}; }
  std::size_t rounds() const {
    return static_cast<std::size_t>(
        std::count(queue.asked.begin(), queue.asked.end(), "promote " + std::to_string(batch)));
  }

  static constexpr Duration tick = 1s;
  boost::asio::io_context io;
  FixedClock clock;
  SeededRandom random{1};
  CountingSleeper sleeper;
  PlannedQueue queue;
  Events events;
  config::SchedulerConfig schedule;
  KeysOfMembers redis;
  queue::MemberDirectory members{redis};
  PlannedAudit audit;
  TimerSleeper short_waits;  // of the drain, which are no pauses of the loop
  AuditDrain drain{{clock, short_waits, audit, audit, events}};
  SchedulerLoop loop{{clock, random, sleeper, queue, queue, members, drain, events},
                     schedule,
                     {"here", 12s, tick}};
};

TEST_F(SchedulerLoopTest, ARoundPromotesReapsAndPlansInBoundedCalls) {
  run_for(1);
  EXPECT_EQ(queue.asked, (Told{"promote 100", "reap 100", "carry_out", "take_inbox", "erase",
                               "tidy", "plan 50", "expand", "resign here"}));
  EXPECT_EQ(queue.next_due_in, schedule.interval);
}

TEST_F(SchedulerLoopTest, PausesATickAndUpToAQuarterAfterARoundThatFoundNoMore) {
  queue.promotes.emplace_back(batch - 1);
  queue.reaps.emplace_back(queue::ReapReply{batch - 1, 0});
  queue.plans.emplace_back(queue::PlanReply{batch, 0, false, false});
  run_for(200);
  Duration shortest = Duration::max();
  Duration longest = 0ms;
  for (const Duration pause : sleeper.slept) {
    shortest = std::min(shortest, pause);
    longest = std::max(longest, pause);
  }
  EXPECT_EQ(sleeper.slept.size(), 200U);
  EXPECT_EQ(rounds(), 200U);
  EXPECT_GE(shortest, tick);
  EXPECT_LE(longest, tick + tick / 4);
  EXPECT_GT(longest - shortest, tick / 8);
}

TEST_F(SchedulerLoopTest, WorksOffABacklogWithoutAPause) {
  queue.promotes.emplace_back(batch);
  queue.promotes.emplace_back(batch);
  run_for(1);
  EXPECT_EQ(rounds(), 3U);
}

TEST_F(SchedulerLoopTest, DrainsAnAuditThatHasMoreThanAStepTakesWithoutAPause) {
  audit.waiting = 2 * limits::script_items_max + 1;
  run_for(1);
  EXPECT_EQ(audit.reads, 3U);
  EXPECT_EQ(audit.waiting, 0U);
}

TEST_F(SchedulerLoopTest, AnAuditThatHangsHoldsUpNeitherTheRoundsNorTheEnd) {
  audit.waiting = 1;
  audit.hangs = true;
  sleeper.on_sleep = [this] {
    clock.now += 1s;
    if (sleeper.slept.size() == 12) {
      loop.stop();
    }
  };
  EXPECT_TRUE(contract::run(io, to_the_end(&loop)));
  EXPECT_EQ(rounds(), 12U);
  EXPECT_EQ(std::ranges::count(queue.asked, "plan 50"), 12);
  EXPECT_EQ(queue.leads, 4U);  // the lead is kept
  EXPECT_EQ(queue.asked.back(), "resign here");
  EXPECT_EQ(audit.reads, 1U);
}

TEST_F(SchedulerLoopTest, AnyOfTheThreeThatFilledItsBatchMeansThereIsMore) {
  struct Row {
    unsigned promoted;
    queue::ReapReply reaped;
    queue::PlanReply planned;
    bool more;
  };
  const Row table[] = {
      {batch, {0, 0}, {0, 0, false, false}, true},
      {0, {batch, 0}, {0, 0, false, false}, true},
      {0, {0, batch}, {0, 0, false, false}, true},
      {0, {batch / 2, batch / 2}, {0, 0, false, false}, true},
      {0, {0, 0}, {batch, 0, false, true}, true},
      {0, {0, 0}, {0, batch, false, true}, true},
      // Members are due, but nothing more may wait in the queue: workers make room, not rounds.
      {0, {0, 0}, {0, 0, true, false}, false},
      // One payer's lane is full, another's is not.
      {0, {0, 0}, {batch, 0, true, true}, true},
      {0, {0, 0}, {5, 0, false, false}, false},
      {batch - 1, {batch - 1, 0}, {0, 0, false, false}, false},
  };
  for (const Row& row : table) {
    PlannedQueue asked;
    asked.promotes.emplace_back(row.promoted);
    asked.reaps.emplace_back(row.reaped);
    asked.plans.emplace_back(row.planned);
    CountingSleeper once;
    SchedulerLoop rounds_of({clock, random, once, asked, asked, members, drain, events}, schedule,
                            {"here", 12s, tick});
    once.on_sleep = [&] { rounds_of.stop(); };
    EXPECT_TRUE(contract::run(io, to_the_end(&rounds_of)));
    const auto rounds_made = std::ranges::count(asked.asked, "tidy");
    EXPECT_EQ(rounds_made, row.more ? 2 : 1) << row.promoted << ' ' << row.planned.planned;
  }
}

TEST_F(SchedulerLoopTest, WaitsOutRedisWithGrowingPausesAndTellsOnce) {
  for (unsigned time = 0; time < 40; ++time) {
    queue.promotes.emplace_back(away());
  }
  run_for(41);
  EXPECT_EQ(events.told, (Told{"redis away", "redis back"}));
  Duration longest = 0ms;
  for (std::size_t at = 0; at < 40; ++at) {
    EXPECT_GE(sleeper.slept[at], 50ms);
    EXPECT_LE(sleeper.slept[at], 5s);
    longest = std::max(longest, sleeper.slept[at]);
  }
  EXPECT_LE(sleeper.slept[0], 200ms);
  EXPECT_GT(longest, 2s);
  EXPECT_GE(sleeper.slept[40], tick);
}

TEST_F(SchedulerLoopTest, TellsAgainOfALaterAbsenceAndWaitsShortlyAgain) {
  for (unsigned time = 0; time < 10; ++time) {
    queue.reaps.emplace_back(away());
  }
  queue.reaps.emplace_back(queue::ReapReply{0, 0});
  queue.reaps.emplace_back(away());
  run_for(13);
  EXPECT_EQ(events.told, (Told{"redis away", "redis back", "redis away", "redis back"}));
  EXPECT_LE(sleeper.slept[11], 200ms);
}

TEST_F(SchedulerLoopTest, RedisAwayEndsARound) {
  queue.promotes.emplace_back(away());
  queue.reaps.emplace_back(away());
  run_for(2);
  EXPECT_EQ(queue.asked, (Told{"promote 100", "promote 100", "reap 100", "resign here"}));
  EXPECT_EQ(events.told, Told{"redis away"});
}

TEST_F(SchedulerLoopTest, AStepThatRedisRefusesHoldsUpNoOther) {
  queue.inboxes.emplace_back(Failure{FailureKind::local, "redis_wrongtype", "a foreign key"});
  queue.inboxes.emplace_back(Failure{FailureKind::local, "redis_wrongtype", "a foreign key"});
  run_for(3);
  EXPECT_EQ(rounds(), 3U);
  EXPECT_EQ(std::ranges::count(queue.asked, "expand"), 3);
  EXPECT_EQ(events.told, (Told{"take_inbox away", "take_inbox back"}));
}

TEST_F(SchedulerLoopTest, DoesNothingWhileAnotherLeads) {
  queue.leaders.emplace_back(queue::LeadReply{"", 9s});
  queue.leaders.emplace_back(queue::LeadReply{"", 100ms});
  run_for(2);
  EXPECT_TRUE(queue.asked.empty());
  EXPECT_EQ(sleeper.slept, (std::vector<Duration>{3s, 100ms}));
  EXPECT_TRUE(events.process_told.empty());
}

TEST_F(SchedulerLoopTest, AnothersTermEndsTheRoundAndIsAskedAboutAtOnce) {
  queue.promotes.emplace_back(Failure{FailureKind::lease_lost, "not_leader", ""});
  queue.leaders.emplace_back(queue::LeadReply{"1", 12s});
  queue.leaders.emplace_back(queue::LeadReply{"", 12s});
  run_for(2);
  EXPECT_EQ(queue.asked, Told{"promote 100"});
  EXPECT_EQ(events.process_told, (Told{"leading", "following"}));
  EXPECT_TRUE(events.told.empty());
}

TEST_F(SchedulerLoopTest, AsksForTheLeadAgainAfterAQuarterOfTheLease) {
  sleeper.on_sleep = [this] {
    clock.now += 1s;
    if (sleeper.slept.size() == 12) {
      loop.stop();
    }
  };
  EXPECT_TRUE(contract::run(io, to_the_end(&loop)));
  EXPECT_EQ(queue.leads, 4U);  // at 0, 3, 6 and 9 s
}

TEST_F(SchedulerLoopTest, LooksThroughTheMembersInBoundedCallsAndTellsWhomItFound) {
  for (int number = 0; number < 250; ++number) {
    redis.members.push_back("M" + std::to_string(number));
  }
  run_for(1);
  EXPECT_EQ(std::ranges::count(queue.asked, "reconcile 100"), 2);
  EXPECT_EQ(std::ranges::count(queue.asked, "reconcile 50"), 1);
  EXPECT_EQ(events.replanned, 6U);
}

TEST_F(SchedulerLoopTest, GoesOnWithErasuresWithoutAPauseAndTellsThoseThatAreDone) {
  queue.erasures = {queue::EraseReply{10, 0}, queue::EraseReply{1, 1}};
  run_for(1);
  EXPECT_EQ(rounds(), 3U);
  EXPECT_EQ(events.erased, 1U);
}

TEST_F(SchedulerLoopTest, ActsByTheRetentionPolicyOnTheMembersThatItLooksThrough) {
  redis.members = {"M1", "M2"};
  const queue::Retention policy{0ms, 1h, 2s};
  SchedulerLoop retaining{{clock, random, sleeper, queue, queue, members, drain, events},
                          schedule,
                          {"here", 12s, tick, policy}};
  sleeper.on_sleep = [&retaining] { retaining.stop(); };
  EXPECT_TRUE(contract::run(io, to_the_end(&retaining)));
  EXPECT_EQ(std::ranges::count(queue.asked, "retain 2 for 2000"), 1);
  EXPECT_EQ(events.policy, (Told{"consent_expired 1", "dormant_noticed 2", "dormant_paused 3",
                                 "erasure_begun 4"}));
}

TEST_F(SchedulerLoopTest, AStopBeforeItBeganAsksNothing) {
  loop.stop();
  EXPECT_TRUE(contract::run(io, to_the_end(&loop)));
  EXPECT_TRUE(queue.asked.empty());
}

TEST_F(SchedulerLoopTest, AStopDuringABacklogEndsAfterItsRound) {
  for (unsigned time = 0; time < 1'000; ++time) {
    queue.plans.emplace_back(queue::PlanReply{batch, 0, false, true});
  }
  queue.on_plan = [this] {
    if (rounds() == 2) {
      loop.stop();
    }
  };
  EXPECT_TRUE(contract::run(io, to_the_end(&loop)));
  EXPECT_EQ(rounds(), 2U);
  EXPECT_TRUE(sleeper.slept.empty());
}

TEST_F(SchedulerLoopTest, TheWindowBeginsSoManyDaysBeforeToday) {
  schedule.lookback = std::chrono::days(730);
  auto request = loop.plan_request(clock.now);
  EXPECT_EQ(request.window_since, "2024-03-01");
  // A second later it is another day.
  request = loop.plan_request(clock.now + 1s);
  EXPECT_EQ(request.window_since, "2024-03-02");
  schedule.lookback = std::chrono::days(366 + 365);
  EXPECT_EQ(loop.plan_request(clock.now).window_since, "2024-02-29");
  schedule.lookback = std::chrono::days(0);
  EXPECT_EQ(loop.plan_request(clock.now).window_since, "2026-03-01");
}

TEST_F(SchedulerLoopTest, PlansByTheScheduleAndLooksAgainAtAMemberWithinAnHour) {
  schedule.queue_ahead_max = 77;
  schedule.sweep_interval = 30h;
  const auto request = loop.plan_request(clock.now);
  EXPECT_EQ(request.count_max, 50U);
  EXPECT_EQ(request.queue_ahead_max, 77U);
  EXPECT_EQ(request.sweep_interval, Duration(30h));
  EXPECT_EQ(request.retry_in, Duration(1h));
}

}  // namespace
}  // namespace claimferry::scheduler
