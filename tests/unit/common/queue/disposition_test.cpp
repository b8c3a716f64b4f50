// DESIGN §10's table, line by line, and the bounds of every delay.
#include "common/queue/disposition.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::queue {
namespace {

using namespace std::chrono_literals;

constexpr JobFacts fresh_job{0, 0, false, 1min};

Failure failure(FailureKind kind, std::optional<Duration> retry_after = std::nullopt) {
  return {kind, "code", "detail", retry_after};
}

Settlement settle(const Failure& why, const JobFacts& facts = fresh_job) {
  SeededRandom random(1);
  return disposition(why, Stage::eob, facts, random);
}

// The shortest and the longest delay over many draws.
struct Range {
  Duration shortest = Duration::max();
  Duration longest = Duration::zero();
};
Range delays(const Failure& why, const JobFacts& facts) {
  SeededRandom random(7);
  Range range;
  for (int draw = 0; draw < 4'000; ++draw) {
    const Duration delay = disposition(why, Stage::eob, facts, random).delay;
    range.shortest = std::min(range.shortest, delay);
    range.longest = std::max(range.longest, delay);
  }
  return range;
}

TEST(Disposition, DecidesEachKindOnce) {
  struct Row {
    FailureKind kind;
    bool breaker_open;
    Verdict verdict;
  };
  using enum FailureKind;
  const Row table[] = {
      {retryable, false, Verdict::retry},
      {retryable, true, Verdict::snooze},
      {local, false, Verdict::snooze},
      {local, true, Verdict::snooze},
      {rate_limited, false, Verdict::snooze},
      {rate_limited, true, Verdict::snooze},
      {reconsent_required, false, Verdict::reconsent},
      {reconsent_required, true, Verdict::reconsent},
      {payer_refused, false, Verdict::snooze},
      {payer_refused, true, Verdict::snooze},
      {resource_refused, false, Verdict::snooze},
      {resource_refused, true, Verdict::snooze},
      {permanent, false, Verdict::dead},
      {permanent, true, Verdict::dead},
      {drained, false, Verdict::requeue},
      {drained, true, Verdict::requeue},
      {lease_lost, false, Verdict::abandon},
      {lease_lost, true, Verdict::abandon},
      {cancelled, false, Verdict::cancelled},
      {cancelled, true, Verdict::cancelled},
  };
  for (const Row& row : table) {
    JobFacts facts = fresh_job;
    facts.breaker_open = row.breaker_open;
    EXPECT_EQ(settle(failure(row.kind), facts).verdict, row.verdict)
        << to_string(row.kind) << (row.breaker_open ? ", breaker open" : "");
  }
}

TEST(Disposition, OnlyRetriesAndSnoozesWait) {
  for (const FailureKind kind :
       {FailureKind::reconsent_required, FailureKind::permanent, FailureKind::drained,
        FailureKind::lease_lost, FailureKind::cancelled}) {
    EXPECT_EQ(settle(failure(kind, 30s)).delay, Duration::zero()) << to_string(kind);
  }
}

TEST(Disposition, TheTwelfthFailureThatIsTheJobsFaultKillsIt) {
  JobFacts facts = fresh_job;
  facts.attempts = limits::attempts_max - 2;  // this failure is the eleventh
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).verdict, Verdict::retry);
  facts.attempts = limits::attempts_max - 1;
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).verdict, Verdict::dead);
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).delay, Duration::zero());
  facts.attempts = limits::attempts_max + 5;
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).verdict, Verdict::dead);
}

TEST(Disposition, ASpentBudgetKillsNoJobForWhatIsNotItsFault) {
  JobFacts facts = fresh_job;
  facts.attempts = limits::attempts_max;
  for (const FailureKind kind : {FailureKind::local, FailureKind::rate_limited,
                                 FailureKind::payer_refused, FailureKind::resource_refused}) {
    EXPECT_EQ(settle(failure(kind), facts).verdict, Verdict::snooze) << to_string(kind);
  }
  facts.breaker_open = true;
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).verdict, Verdict::snooze);
}

TEST(Disposition, RetriesWaitWithFullJitterUpToACap) {
  JobFacts facts = fresh_job;
  Range range = delays(failure(FailureKind::retryable), facts);
  EXPECT_LT(range.shortest, 500ms);
  EXPECT_LE(range.longest, Duration(limits::retry_delay_base));
  EXPECT_GT(range.longest, Duration(limits::retry_delay_base) * 9 / 10);
  facts.attempts = 3;
  range = delays(failure(FailureKind::retryable), facts);
  EXPECT_LE(range.longest, Duration(limits::retry_delay_base) * 8);
  EXPECT_GT(range.longest, Duration(limits::retry_delay_base) * 7);
  facts.attempts = limits::attempts_max - 2;
  range = delays(failure(FailureKind::retryable), facts);
  EXPECT_LE(range.longest, Duration(limits::retry_delay_max));
  EXPECT_GT(range.longest, Duration(limits::retry_delay_max) * 9 / 10);
}

TEST(Disposition, SnoozesNeverComeBackAtOnceNorLaterThanTheCap) {
  for (const FailureKind kind : {FailureKind::rate_limited, FailureKind::payer_refused}) {
    JobFacts facts = fresh_job;
    Range range = delays(failure(kind), facts);
    EXPECT_GE(range.shortest, 1s) << to_string(kind);
    EXPECT_LE(range.longest, Duration(limits::retry_delay_base)) << to_string(kind);
    facts.snoozes = 1'000'000;
    range = delays(failure(kind), facts);
    EXPECT_GE(range.shortest, 1s) << to_string(kind);
    EXPECT_LE(range.longest, Duration(limits::retry_delay_max)) << to_string(kind);
    EXPECT_GT(range.longest, Duration(limits::retry_delay_max) * 9 / 10) << to_string(kind);
  }
}

TEST(Disposition, WhatIsOursToHealIsLookedAtSoonHoweverOftenTheJobWasSnoozed) {
  JobFacts facts = fresh_job;
  facts.snoozes = 1'000;
  const Range range = delays(failure(FailureKind::local), facts);
  EXPECT_GE(range.shortest, 1s);
  EXPECT_LE(range.longest, Duration(limits::local_delay_max));
  EXPECT_GT(range.longest, Duration(limits::local_delay_max) * 9 / 10);
}

TEST(Disposition, WaitsAsLongAsWasAskedPlusAtMostAQuarterToSpreadTheFleet) {
  for (const FailureKind kind :
       {FailureKind::rate_limited, FailureKind::local, FailureKind::payer_refused}) {
    const Range range = delays(failure(kind, 40s), fresh_job);
    EXPECT_GE(range.shortest, 40s) << to_string(kind);
    EXPECT_LT(range.longest, 50s + 250ms) << to_string(kind);
    EXPECT_GT(range.longest - range.shortest, 9s) << to_string(kind);
  }
  JobFacts down = fresh_job;
  down.breaker_open = true;
  const Range range = delays(failure(FailureKind::retryable, 5s), down);
  EXPECT_GE(range.shortest, 5s);
  EXPECT_LT(range.longest, 6'500ms);
}

TEST(Disposition, SpreadsEvenAShortRetryAfter) {
  const Range range = delays(failure(FailureKind::rate_limited, 0ms), fresh_job);
  EXPECT_GE(range.shortest, 0ms);
  EXPECT_LT(range.longest, 250ms);
  EXPECT_GT(range.longest, 200ms);
}

TEST(Disposition, ARefusedResourceIsAskedForAgainInAnHour) {
  EXPECT_EQ(settle(failure(FailureKind::resource_refused)).delay,
            Duration(limits::resource_refused_delay));
}

TEST(Disposition, AJobIsSnoozedNoLongerThanItsAgeAllows) {
  for (const FailureKind kind :
       {FailureKind::local, FailureKind::rate_limited, FailureKind::payer_refused,
        FailureKind::resource_refused, FailureKind::retryable}) {
    JobFacts facts = fresh_job;
    facts.breaker_open = true;
    facts.age = Duration(limits::job_age_max) - 1ms;
    EXPECT_EQ(settle(failure(kind), facts).verdict, Verdict::snooze) << to_string(kind);
    facts.age = limits::job_age_max;
    const Settlement settlement = settle(failure(kind), facts);
    EXPECT_EQ(settlement.verdict, Verdict::dead) << to_string(kind);
    EXPECT_EQ(settlement.delay, Duration::zero()) << to_string(kind);
    EXPECT_EQ(settlement.code, "code") << to_string(kind);
  }
}

TEST(Disposition, AgeEndsNeitherARetryNorAHandOver) {
  JobFacts facts = fresh_job;
  facts.age = Duration(limits::job_age_max) * 2;
  EXPECT_EQ(settle(failure(FailureKind::retryable), facts).verdict, Verdict::retry);
  EXPECT_EQ(settle(failure(FailureKind::drained), facts).verdict, Verdict::requeue);
  EXPECT_EQ(settle(failure(FailureKind::lease_lost), facts).verdict, Verdict::abandon);
}

TEST(Disposition, TellsStageAndCodeAndCutsTheDetailAtItsLimit) {
  Failure why = failure(FailureKind::permanent);
  why.detail = std::string(limits::failure_detail_bytes_max, 'x');
  Settlement settlement = settle(why);
  EXPECT_EQ(settlement.stage, Stage::eob);
  EXPECT_EQ(settlement.code, "code");
  EXPECT_EQ(settlement.detail, why.detail);
  why.detail += 'y';
  EXPECT_EQ(settle(why).detail, std::string(limits::failure_detail_bytes_max, 'x'));
}

TEST(Disposition, CutsNoCharacterOfADetailInTwo) {
  Failure why = failure(FailureKind::permanent);
  for (const std::string character : {"é", "€", "🜁"}) {
    for (std::size_t before = 0; before < character.size(); ++before) {
      const std::string kept(limits::failure_detail_bytes_max - before, 'x');
      why.detail = kept + character + "tail";
      EXPECT_EQ(settle(why).detail, kept) << character << before;
    }
    why.detail = std::string(limits::failure_detail_bytes_max - character.size(), 'x') + character;
    EXPECT_EQ(settle(why).detail, why.detail);
  }
}

TEST(Disposition, EveryVerdictHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (const Verdict verdict :
       {Verdict::done, Verdict::retry, Verdict::snooze, Verdict::requeue, Verdict::dead,
        Verdict::reconsent, Verdict::cancelled, Verdict::abandon}) {
    words.insert(to_string(verdict));
  }
  EXPECT_EQ(words, (std::set<std::string_view>{"done", "retry", "snooze", "requeue", "dead",
                                               "reconsent", "cancelled", "abandon"}));
}

}  // namespace
}  // namespace claimferry::queue
