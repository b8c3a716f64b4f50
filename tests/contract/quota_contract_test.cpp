// The promises of a payer's quota, as its scripts keep them on a real Redis and on the in-memory
// keyspace alike; what takes minutes on the latter, whose clock the test moves.
// CLAIMFERRY_SEED=n runs one seed.
#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>

#include "common/queue/adapter/queue_scripts.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;
using queue::aetna;
using queue::other;

constexpr unsigned plenty = 1'000;
constexpr Profile hundred{100, 0, 0, 0, 0};

unsigned sum(const ByUse<unsigned>& counts) {
  unsigned total = 0;
  for (const unsigned count : counts) {
    total += count;
  }
  return total;
}
ByUse<unsigned> want(Use use, unsigned count) {
  ByUse<unsigned> wants;
  wants[use] = count;
  return wants;
}
ByUse<unsigned> want(unsigned token, unsigned urgent, unsigned routine, unsigned backfill) {
  ByUse<unsigned> wants;
  wants[Use::token] = token;
  wants[Use::urgent] = urgent;
  wants[Use::routine] = routine;
  wants[Use::backfill] = backfill;
  return wants;
}

class QuotaContract : public queue::QueueContract {
 protected:
  QuotaContract() { damages_queue_ = true; }  // there is none

  Ask ask_for(ByUse<unsigned> wanted, const Profile& profile = hundred,
              const std::string& shard = "w1") const {
    Ask ask{aetna, profile, shard};
    ask.wanted = wanted;
    return ask;
  }
  Answer ask(Ask with) {
    auto answer = run(quota_->ask(std::move(with)));
    EXPECT_TRUE(answer.ok()) << answer.failure().code << " " << answer.failure().detail;
    return answer.ok() ? *answer : Answer();
  }
  Answer ask(ByUse<unsigned> wanted, const Profile& profile = hundred) {
    return ask(ask_for(wanted, profile));
  }
  Answer tell_served(unsigned served, std::uint64_t epoch, const Profile& profile = hundred) {
    Ask told = ask_for({}, profile);
    told.started = served;
    told.served = served;
    told.served_epoch = epoch;
    return ask(told);
  }
  Quiet refuse(std::uint64_t epoch, std::optional<Duration> asked = std::nullopt, double unit = 0,
               const PayerName& payer = aetna) {
    auto quiet = run(quota_->refused({payer, epoch, asked, unit}));
    EXPECT_TRUE(quiet.ok()) << quiet.failure().code << " " << quiet.failure().detail;
    return quiet.ok() ? *quiet : Quiet();
  }
  // Refused at a good rate, and served again after the shortest quiet: a slower rate is learned.
  double learn_slower(const Profile& profile) {
    ask(want(Use::routine, plenty), profile);
    const Quiet quiet = refuse(0);
    pass(quiet.how_long + 10ms);
    EXPECT_EQ(sum(ask(want(Use::routine, plenty), profile).grant.granted), 1U);
    return tell_served(1, quiet.epoch, profile).rate;
  }
  std::string field(const std::string& name) { return text({"HGET", "cf:{0}:quota:aetna", name}); }
};

// Where time goes as the test says.
class QuotaInTime : public QuotaContract {
 protected:
  // What shards get who want so much at any time, by lane.
  ByUse<unsigned> granted_in(Duration how_long, const ByUse<unsigned>& wants,
                             const Profile& profile = hundred) {
    ByUse<unsigned> granted;
    for (Duration at = 0ms; at < how_long; at += 20ms) {
      const Answer answer = ask(ask_for(wants, profile, at % 40ms == 0ms ? "w1" : "w2"));
      for (const Use use : uses) {
        granted[use] += answer.grant.granted[use];
      }
      pass(20ms);
    }
    return granted;
  }
};

TEST_P(QuotaContract, WhereNoRateIsKnownAllThatIsWantedIsGranted) {
  const Answer answer = ask(want(1, 20, 300, 40), {});
  EXPECT_EQ(answer.grant.granted[Use::token], 1U);
  EXPECT_EQ(answer.grant.granted[Use::urgent], 20U);
  EXPECT_EQ(answer.grant.granted[Use::routine], 300U);
  EXPECT_EQ(answer.grant.granted[Use::backfill], 40U);
  EXPECT_EQ(answer.grant.interval, 0us);
  EXPECT_EQ(answer.rate, 0);
  EXPECT_EQ(answer.ask_again, 0ms);
}

TEST_P(QuotaContract, GivesTheSlotsOfItsHorizonOneIntervalApart) {
  const Answer answer = ask(want(Use::routine, plenty));
  EXPECT_EQ(answer.grant.granted[Use::routine], 8U);
  EXPECT_EQ(answer.grant.first_in, 0us);
  EXPECT_EQ(answer.grant.interval, 10'075us);  // a little below a limit that is known
  EXPECT_EQ(answer.rate, 100);
  EXPECT_GT(answer.ask_again, 0ms);
}

TEST_P(QuotaContract, TheNextShardGetsTheNextSlots) {
  const Profile slow{1, 0, 0, 0, 0};
  EXPECT_EQ(sum(ask(want(Use::routine, 5), slow).grant.granted), 1U);
  Answer answer = ask(ask_for(want(Use::routine, 5), slow, "w2"));
  EXPECT_EQ(sum(answer.grant.granted), 0U);
  EXPECT_GT(answer.ask_again, 500ms);
  EXPECT_LE(answer.ask_again, 930ms);
  pass(answer.ask_again);
  answer = ask(ask_for(want(Use::routine, 5), slow, "w2"));
  EXPECT_EQ(sum(answer.grant.granted), 1U);
  EXPECT_GT(answer.grant.first_in, 0us);
  EXPECT_LE(answer.grant.first_in, 80ms);
}

TEST_P(QuotaContract, ABurstIsGrantedOnceAndNotTwice) {
  const Profile bursty{1, 5, 0, 0, 0};
  EXPECT_EQ(sum(ask(want(Use::routine, plenty), bursty).grant.granted), 5U);
  EXPECT_EQ(sum(ask(want(Use::routine, plenty), bursty).grant.granted), 0U);
}

TEST_P(QuotaContract, WhatIsGivenBackIsGivenOutAgain) {
  const Profile slow{1, 3, 0, 0, 0};
  EXPECT_EQ(sum(ask(want(Use::routine, 3), slow).grant.granted), 3U);
  Ask back = ask_for({}, slow);
  back.given_back = 2;
  ask(back);
  EXPECT_EQ(sum(ask(want(Use::routine, 3), slow).grant.granted), 2U);
}

TEST_P(QuotaContract, MoreThanWasEverGrantedCannotBeGivenBack) {
  Ask back = ask_for({});
  back.given_back = 1'000'000;
  ask(back);
  EXPECT_EQ(sum(ask(want(Use::routine, plenty)).grant.granted), 8U);
}

TEST_P(QuotaContract, UrgentWorkGoesFirst) {
  const Answer answer = ask(want(0, plenty, 0, plenty));
  EXPECT_GE(answer.grant.granted[Use::urgent], 8U);
  EXPECT_LE(answer.grant.granted[Use::backfill], 2U);
}

TEST_P(QuotaContract, One429StopsTheFleetAndCountsOnceHoweverManyMeetIt) {
  const Quiet first = refuse(0, 30s);
  EXPECT_TRUE(first.begins);
  EXPECT_EQ(first.epoch, 1U);
  EXPECT_EQ(first.how_long, 30s);
  for (int number = 0; number < 5; ++number) {
    const Quiet again = refuse(0, 20s);
    EXPECT_FALSE(again.begins);
    EXPECT_EQ(again.epoch, 1U);
  }
  EXPECT_EQ(field("refused"), "1");
  const Answer answer = ask(want(1, 1, 1, 1));
  EXPECT_EQ(sum(answer.grant.granted), 0U);
  EXPECT_EQ(answer.grant.epoch, 1U);
  EXPECT_GT(answer.quiet, 20s);
  EXPECT_LE(answer.quiet, 30s);
  EXPECT_EQ(answer.ask_again, answer.quiet);
  EXPECT_TRUE(refuse(1, 1s).begins);
  EXPECT_EQ(field("epoch"), "2");
}

TEST_P(QuotaContract, TheLongestOfWhatOneBurstAsksForIsKept) {
  refuse(0, 10s);
  EXPECT_GT(refuse(0, 60s).how_long, 50s);
  EXPECT_GT(refuse(0, 10s).how_long, 50s);
  EXPECT_GT(refuse(0).how_long, 50s);
}

TEST_P(QuotaContract, NobodyIsQuietForMoreThanAnHour) {
  EXPECT_EQ(refuse(0, 48h).how_long, 1h);
  const Answer answer = ask(want(Use::routine, 1));
  EXPECT_LE(answer.quiet, 1h);
  EXPECT_GT(answer.quiet, 59min);
}

TEST_P(QuotaContract, WithoutAnEndTheBackoffGrowsByBurstsUpToItsMost) {
  const Duration most[] = {2s, 4s, 8s, 15s, 15s};
  std::uint64_t epoch = 0;
  for (const Duration bound : most) {
    const Quiet quiet = refuse(epoch, std::nullopt, 0.999999);
    EXPECT_LE(quiet.how_long, bound);
    EXPECT_GT(quiet.how_long, bound - 500ms);
    epoch = quiet.epoch;
  }
}

TEST_P(QuotaContract, AndIsNeverLessThanItsLeast) {
  const Quiet quiet = refuse(0, std::nullopt, 0);
  EXPECT_EQ(quiet.how_long, 500ms);
}

TEST_P(QuotaContract, OneRequestFindsOutWhetherAQuietIsOverThatNamedNoEnd) {
  ask(want(Use::routine, 5));
  const Quiet quiet = refuse(0);
  pass(quiet.how_long + 10ms);
  Answer probe = ask(want(0, 0, 5, 5));
  EXPECT_TRUE(probe.probing);
  EXPECT_EQ(probe.grant.granted[Use::routine], 1U);
  EXPECT_EQ(sum(probe.grant.granted), 1U);
  EXPECT_EQ(probe.grant.first_in, 0us);
  for (const char* shard : {"w1", "w2", "w3"}) {
    const Answer waits = ask(ask_for(want(1, 1, 1, 1), hundred, shard));
    EXPECT_TRUE(waits.probing);
    EXPECT_EQ(sum(waits.grant.granted), 0U);
    EXPECT_GT(waits.ask_again, 0ms);
  }
  // What was served of the epoch before it says nothing.
  EXPECT_TRUE(tell_served(3, quiet.epoch - 1).probing);
  EXPECT_FALSE(tell_served(1, quiet.epoch).probing);
  pass(100ms);
  EXPECT_GT(sum(ask(want(Use::routine, plenty)).grant.granted), 1U);
}

TEST_P(QuotaContract, WherePayerNamedTheEndOfItsQuietItIsBelieved) {
  ask(want(Use::routine, 5));
  const Quiet quiet = refuse(0, 500ms);
  pass(quiet.how_long + 10ms);
  const Answer answer = ask(want(Use::routine, plenty));
  EXPECT_FALSE(answer.probing);
  EXPECT_GT(sum(answer.grant.granted), 1U);
}

TEST_P(QuotaContract, AServedProbeBeginsTheBackoffAnew) {
  Quiet quiet = refuse(0);
  quiet = refuse(quiet.epoch);
  pass(quiet.how_long + 10ms);
  EXPECT_EQ(sum(ask(want(Use::routine, 1)).grant.granted), 1U);
  tell_served(1, quiet.epoch);
  EXPECT_LE(refuse(quiet.epoch, std::nullopt, 0.999999).how_long, 2s);
}

// A 503 with Retry-After stops the fleet, and says nothing of what the payer grants.
TEST_P(QuotaContract, AnOutageTeachesNothing) {
  std::uint64_t epoch = 0;
  for (const bool is_limit : {false, true}) {
    ask(want(Use::routine, plenty));
    const auto quiet = run(quota_->refused({aetna, epoch, 300ms, 0, is_limit}));
    ASSERT_TRUE(quiet.ok());
    EXPECT_EQ(sum(ask(want(Use::routine, 1)).grant.granted), 0U);
    pass(310ms);
    const Answer after = ask(want(Use::routine, 1));
    EXPECT_EQ(sum(after.grant.granted), 1U);
    EXPECT_EQ(after.rate < 100, is_limit);
    epoch = quiet->epoch;
    tell_served(1, epoch);
  }
}

TEST_P(QuotaContract, WhatWasLearnedSurvivesTheWorkers) {
  const Profile profile{1000, 0, 0, 0, 0};
  const double learned = learn_slower(profile);
  EXPECT_LT(learned, 1000);
  EXPECT_GT(learned, 0);
  std::unique_ptr<redis::Client> client;
  if (real()) {
    client = std::make_unique<redis::TcpClient>(executor_of(io_), server_->endpoint(), random_);
  } else {
    client = std::make_unique<world::MemoryRedis>(*memory_);
  }
  quota_ = std::make_unique<RedisFleetQuota>(*client);
  EXPECT_DOUBLE_EQ(ask(want(Use::routine, 1), profile).rate, learned);
  quota_.reset();
}

TEST_P(QuotaContract, ARedisThatForgotEverythingBeginsAtTheProfilesRate) {
  const Profile profile{1000, 0, 0, 0, 0};
  learn_slower(profile);
  command({"FLUSHALL"});
  EXPECT_EQ(ask(want(Use::routine, 1), profile).rate, 1000);
}

TEST_P(QuotaContract, AndGivesNoPermitsThatAreVoidToWhoHeardOfALaterEpoch) {
  refuse(0, 1ms);
  refuse(1, 1ms);
  command({"FLUSHALL"});
  pass(10ms);
  Ask knows = ask_for(want(Use::routine, 1));
  knows.epoch = 2;
  const Answer answer = ask(knows);
  EXPECT_EQ(sum(answer.grant.granted), 1U);
  EXPECT_EQ(answer.grant.epoch, 2U);
  command({"FLUSHALL"});
  EXPECT_EQ(refuse(2, 1s).epoch, 3U);
}

TEST_P(QuotaContract, TwoPayersDoNotTouchEachOther) {
  refuse(0, 30s);
  Ask of_other{other, hundred, "w1"};
  of_other.wanted = want(Use::routine, 5);
  const Answer answer = ask(of_other);
  EXPECT_EQ(sum(answer.grant.granted), 5U);
  EXPECT_EQ(answer.grant.epoch, 0U);
  EXPECT_EQ(answer.quiet, 0ms);
  EXPECT_EQ(sum(ask(want(Use::routine, 5)).grant.granted), 0U);
  EXPECT_EQ(refuse(0, 1s, 0, other).epoch, 1U);
}

TEST_P(QuotaContract, HeadersSlowTheFleetDownForASecond) {
  Ask slow = ask_for(want(Use::routine, 1));
  slow.pace = 500;
  EXPECT_EQ(ask(slow).rate, 50);
  EXPECT_EQ(ask(want(Use::routine, 1)).rate, 50);
  pass(1100ms);
  EXPECT_EQ(ask(want(Use::routine, 1)).rate, 100);
}

// GCRA: at most rate × time + burst slots in any window, and no less than the rate in all.
TEST_P(QuotaInTime, ManyShardsGetExactlyTheRateAndTheBurst) {
  const char* const one = std::getenv("CLAIMFERRY_SEED");
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    if (one != nullptr && std::strtoull(one, nullptr, 10) != seed) {
      continue;
    }
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed));
    SeededRandom random(seed);
    command({"FLUSHALL"});
    const double rate = 20 + static_cast<double>(random.below(500));
    const double burst = 1 + static_cast<double>(random.below(30));
    const Profile profile{rate, burst, rate, rate, 0};
    std::multimap<std::int64_t, int> slots;  // by the µs of their start
    const std::int64_t begun = now_us_;
    std::map<int, unsigned> unused;  // what a shard gives back with its next ask
    unsigned held_most = 0;
    while (now_us_ - begun < 20'000'000) {
      const int shard = static_cast<int>(random.below(5));
      Ask asked = ask_for({}, profile, "w" + std::to_string(shard));
      asked.wanted[uses[random.below(uses.size())]] = plenty;
      asked.given_back = std::exchange(unused[shard], 0U);
      const Answer answer = ask(asked);
      const unsigned granted = sum(answer.grant.granted);
      const unsigned used = granted - std::min<unsigned>(granted, random.below(8) == 0 ? 3 : 0);
      unused[shard] = granted - used;
      unsigned held = 0;
      for (const auto& [whose, count] : unused) {
        held += count;
      }
      held_most = std::max(held_most, held);
      for (unsigned number = 0; number < used; ++number) {
        const auto start = answer.grant.first_in + number * answer.grant.interval;
        slots.emplace(now_us_ + std::max<std::int64_t>(start.count(), 0), shard);
      }
      now_us_ += static_cast<std::int64_t>(random.below(30'000));
    }
    double level = 0;
    double most = 0;
    std::int64_t last = begun;
    for (const auto& [start, shard] : slots) {
      level = std::max(0.0, level - rate * static_cast<double>(start - last) / 1e6) + 1;
      most = std::max(most, level);
      last = start;
    }
    EXPECT_LE(most, burst + 2 + held_most);  // what was held meanwhile starts later
    const double seconds = static_cast<double>(now_us_ - begun) / 1e6;
    EXPECT_LE(static_cast<double>(slots.size()), rate * (seconds + 0.1) + burst + 1);
    EXPECT_GE(static_cast<double>(slots.size()), rate * seconds * 0.97 - 1);
  }
}

TEST_P(QuotaInTime, BackfillHasAtMostItsShareWhileRoutineWants) {
  const auto granted = granted_in(20s, want(0, 0, 20, 20), {100, 0, 0, 0, 0.3});
  EXPECT_NEAR(granted[Use::backfill], 600, 30);
  EXPECT_NEAR(granted[Use::routine], 1'400, 40);
}

TEST_P(QuotaInTime, AndAFifthWhereNobodySaysItsShare) {
  const auto granted = granted_in(20s, want(0, 0, 20, 20));
  EXPECT_NEAR(granted[Use::backfill], 400, 30);
}

TEST_P(QuotaInTime, AllOfItWhenNobodyElseWants) {
  EXPECT_NEAR(granted_in(20s, want(Use::backfill, 20))[Use::backfill], 2'000, 20);
}

TEST_P(QuotaInTime, ATokenHasAShareOfItsOwnWhoeverWantsTheRest) {
  const auto granted = granted_in(20s, want(5, 20, 20, 20));
  EXPECT_NEAR(granted[Use::token], 400, 30);
  EXPECT_NEAR(sum(granted), 2'000, 30);
}

TEST_P(QuotaInTime, UrgentWorkLeavesTheLanesBelowTheirShares) {
  const auto granted = granted_in(20s, want(0, 20, 20, 20));
  EXPECT_GT(granted[Use::urgent], 900U);
  EXPECT_GT(granted[Use::routine], 300U);
  EXPECT_GT(granted[Use::backfill], 100U);
}

// A payer whose window slides refuses the one request too many that a stall makes.
TEST_P(QuotaInTime, ALimitThatIsKnownIsMetTheMoreSeldomTheMoreOftenItRefuses) {
  std::uint64_t epoch = 0;
  const auto serve_for = [&](std::chrono::seconds how_long) {
    Answer last;
    for (auto at = 0s; at < how_long; at += 1s) {
      pass(1s);
      last = tell_served(100, epoch);
    }
    return last;
  };
  serve_for(1s);
  for (const char* hold : {"16000", "32000", "64000", "128000", "256000", "300000", "300000"}) {
    const std::chrono::seconds held(std::stoul(field("hold")) / 1'000);
    EXPECT_EQ(serve_for(held + 20s).rate, 100);
    epoch = refuse(epoch, 500ms).epoch;
    pass(510ms);
    EXPECT_LT(tell_served(1, epoch).rate, 100);
    EXPECT_EQ(field("hold"), hold);
  }
  serve_for(600s);
  epoch = refuse(epoch, 500ms).epoch;
  pass(510ms);
  tell_served(1, epoch);
  EXPECT_EQ(field("hold"), "8000");
}

TEST_P(QuotaInTime, ALostProbeIsFollowedByAnother) {
  const Quiet quiet = refuse(0);
  pass(quiet.how_long);
  unsigned probes = 0;
  for (Duration at = 0ms; at < 10s; at += 100ms) {
    probes += sum(ask(want(Use::routine, 5)).grant.granted);
    pass(100ms);
  }
  EXPECT_EQ(probes, 4U);
}

TEST_P(QuotaInTime, AChangedProfileIsLearnedAnewOnlyWhereItsRateChanged) {
  Profile profile{1000, 0, 0, 0, 0};
  const double learned = learn_slower(profile);
  profile.burst = 10;
  pass(61s);
  const double kept = ask(want(Use::routine, 1), profile).rate;
  EXPECT_LT(kept, 1000);
  EXPECT_GE(kept, learned);
  EXPECT_EQ(field("profile_burst"), "10");
  profile.rate = 800;
  pass(61s);
  EXPECT_EQ(ask(want(Use::routine, 1), profile).rate, 800);
}

TEST_P(QuotaInTime, ARateOfManyDigitsIsTheSameTheNextTime) {
  const Profile profile{1'000.0 / 6, 0, 0, 0, 0};
  const double learned = learn_slower(profile);
  EXPECT_LT(learned, 160);
  pass(61s);
  EXPECT_LT(ask(want(Use::routine, 1), profile).rate, 160);
}

TEST_P(QuotaInTime, WhileAFleetIsRolledOneProfileHoldsForAWhile) {
  const Profile old{100, 0, 0, 0, 0};
  const Profile next{300, 0, 0, 0, 0};
  for (int number = 0; number < 50; ++number) {
    EXPECT_EQ(ask(want(Use::routine, 1), number % 2 == 0 ? old : next).rate, 100);
    pass(1s);
  }
}

TEST_P(QuotaInTime, AClockSetBackStopsNobodyForMoreThanASecond) {
  enum class When { plain, lanes_want, probing, quiet, after };
  for (const When when : {When::plain, When::lanes_want, When::probing, When::quiet, When::after}) {
    command({"FLUSHALL"});
    granted_in(1s, want(0, 5, 5, 5));
    if (when == When::lanes_want) {
      ask(want(plenty, plenty, plenty, plenty));
    }
    if (when == When::probing || when == When::after) {
      const Quiet quiet = refuse(0);
      pass(quiet.how_long + 10ms);
      EXPECT_EQ(sum(ask(want(Use::routine, 1)).grant.granted), 1U);
      if (when == When::after) {
        tell_served(1, quiet.epoch);
      }
    }
    if (when == When::quiet) {
      EXPECT_EQ(refuse(0, 500ms).how_long, 500ms);
    }
    now_us_ -= 3'600'000'000;
    const auto granted = granted_in(1s, want(Use::backfill, 5));
    EXPECT_GE(sum(granted), 1U) << static_cast<int>(when);
    if (when == When::plain || when == When::lanes_want) {
      EXPECT_GE(sum(granted), 80U) << static_cast<int>(when);
    }
  }
}

// The names in the script's own list.
std::vector<std::string> fields_of_quota() {
  const std::string source = queue::QueueScripts::shared()->quota_take.source();
  const auto begin = source.find("QUOTA_FIELDS = {");
  const std::string list = source.substr(begin, source.find("\n}", begin) - begin);
  std::vector<std::string> names;
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("--"));
    for (auto at = line.find('\''); at != std::string::npos; at = line.find('\'', at + 1)) {
      const auto end = line.find('\'', at + 1);
      names.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return names;
}

TEST_P(QuotaInTime, EveryFieldHealsFromWhateverIsWrittenOverIt) {
  const auto names = fields_of_quota();
  ASSERT_GT(names.size(), 50U);
  const Profile profile{100, 0, 0, 100, 0};
  for (const std::string& name : names) {
    for (const std::string& value : {"words", "nan", "1e300", "9999999999999999"}) {
      SCOPED_TRACE(name + " = " + value);
      command({"FLUSHALL"});
      granted_in(100ms, want(1, 1, 5, 5), profile);
      command({"HSET", "cf:{0}:quota:aetna", name, value});
      for (int times = 0; times < 14; ++times) {
        const Answer answer = ask(want(1, 1, 5, 5), profile);
        tell_served(sum(answer.grant.granted), answer.grant.epoch, profile);
        pass(5s);
      }
      const unsigned granted = sum(granted_in(1s, want(1, 1, 5, 5), profile));
      EXPECT_GE(granted, 20U);
      EXPECT_LE(granted, 115U);
      const auto reply = command({"HVALS", "cf:{0}:quota:aetna"});
      for (const redis::Reply& each : *reply.array()) {
        const std::string& number = *each.text();
        EXPECT_EQ(number.find_first_not_of("0123456789."), std::string::npos) << number;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(On, QuotaContract, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });
INSTANTIATE_TEST_SUITE_P(On, QuotaInTime, testing::Values("memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::quota
