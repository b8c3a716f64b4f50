// The fleet's breaker, on a real Redis and on the in-memory keyspace that the simulated world uses.
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

using quota::Barred;
using quota::BreakerReply;
using quota::BreakerWord;

class QuotaBreaker : public QueueContract {
 protected:
  BreakerReply tell(BreakerWord word, const std::string& shard = "s1",
                    Barred barred = Barred::everything, const PayerName& payer = aetna) {
    quota::RedisFleetQuota fleet(*redis_);
    auto told = run(fleet.breaker(payer, word, shard, barred, 30s));
    EXPECT_TRUE(told.ok()) << told.failure().detail;
    return *told;
  }
  void serve(const std::string& shard, unsigned tokens = 0) {
    quota::RedisFleetQuota fleet(*redis_);
    quota::Ask ask{aetna, {}, shard};
    ask.served = 1;
    ask.served_tokens = tokens;
    ASSERT_TRUE(run(fleet.ask(std::move(ask))).ok());
  }
  void let_probe_be_due(const std::string& payer = "aetna") {
    if (real()) {
      command({"HSET", "cf:{0}:quota:" + payer, "breaker_next", "1"});
    } else {
      pass(61s);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Both, QuotaBreaker, testing::Values("memory", "redis"));

TEST_P(QuotaBreaker, OpensForTheWholeFleetAndProbesOneAtATime) {
  EXPECT_EQ(tell(BreakerWord::probe).breaker.barred, Barred::nothing);
  const auto opened = tell(BreakerWord::open);
  EXPECT_EQ(opened.breaker.barred, Barred::everything);
  EXPECT_GT(opened.breaker.next_probe_in, 4s);
  EXPECT_LE(opened.breaker.next_probe_in, 5s);
  EXPECT_FALSE(tell(BreakerWord::probe, "s2").may_probe);
  let_probe_be_due();
  EXPECT_TRUE(tell(BreakerWord::probe, "s2").may_probe);
  EXPECT_FALSE(tell(BreakerWord::probe, "s1").may_probe);
  EXPECT_FALSE(tell(BreakerWord::probe, "s3").may_probe);
  const auto closed = tell(BreakerWord::closed, "s2");
  EXPECT_EQ(closed.breaker.barred, Barred::nothing);
  EXPECT_GT(closed.breaker.change, opened.breaker.change);
}

TEST_P(QuotaBreaker, EachProbeThatIsLostComesLaterUpToAMinute) {
  tell(BreakerWord::open);
  Duration before = 5s;
  for (unsigned lost = 0; lost < 6; ++lost) {
    let_probe_be_due();
    ASSERT_TRUE(tell(BreakerWord::probe).may_probe);
    const Duration next = tell(BreakerWord::lost).breaker.next_probe_in;
    EXPECT_GT(next, std::min<Duration>(2 * before, 60s) - 500ms);
    EXPECT_LE(next, std::min<Duration>(2 * before, 60s));
    before = std::min<Duration>(2 * before, 60s);
  }
}

TEST_P(QuotaBreaker, AProbeWhoseShardDiedIsSomebodyElsesAfterItsTime) {
  if (real()) {
    GTEST_SKIP() << "it would take half a minute";
  }
  tell(BreakerWord::open);
  pass(6s);
  ASSERT_TRUE(tell(BreakerWord::probe, "s1").may_probe);
  pass(29s);
  EXPECT_FALSE(tell(BreakerWord::probe, "s2").may_probe);
  pass(2s);
  EXPECT_TRUE(tell(BreakerWord::probe, "s2").may_probe);
}

// A shard whose own network is broken opens nothing for those who are served.
TEST_P(QuotaBreaker, StaysClosedWhileThePayerServesOthers) {
  serve("s2");
  serve("s1");
  EXPECT_EQ(tell(BreakerWord::open, "s1").breaker.barred, Barred::nothing);
  pass(2'100ms);
  serve("s1");
  EXPECT_EQ(tell(BreakerWord::open, "s1").breaker.barred, Barred::everything);
}

TEST_P(QuotaBreaker, StaysClosedAtTheTokenEndpointWhileOthersGetTokens) {
  serve("s2", 1);
  serve("s3");
  EXPECT_EQ(tell(BreakerWord::open, "s1", Barred::token).breaker.barred, Barred::nothing);
  EXPECT_EQ(tell(BreakerWord::open, "s1", Barred::eob).breaker.barred, Barred::eob);
}

TEST_P(QuotaBreaker, AnEndpointsTroubleGrowsToThePayersAndNeverShrinks) {
  EXPECT_EQ(tell(BreakerWord::open, "s1", Barred::token).breaker.barred, Barred::token);
  EXPECT_EQ(tell(BreakerWord::open, "s1").breaker.barred, Barred::everything);
  EXPECT_EQ(tell(BreakerWord::open, "s1", Barred::token).breaker.barred, Barred::everything);
}

TEST_P(QuotaBreaker, TwoPayersNeverTouchEachOther) {
  tell(BreakerWord::open);
  EXPECT_EQ(tell(BreakerWord::probe, "s1", Barred::everything, other).breaker.barred,
            Barred::nothing);
  quota::RedisFleetQuota fleet(*redis_);
  EXPECT_EQ(run(fleet.ask({other, {}, "s1"}))->breaker.barred, Barred::nothing);
  EXPECT_EQ(run(fleet.ask({aetna, {}, "s1"}))->breaker.barred, Barred::everything);
}

TEST_P(QuotaBreaker, WordsInItsFieldsOpenNothing) {
  for (const char* field : {"breaker", "breaker_next", "breaker_probe", "served_at", "served_by"}) {
    command({"HSET", "cf:{0}:quota:aetna", field, "noon"});
  }
  EXPECT_EQ(tell(BreakerWord::probe).breaker.barred, Barred::nothing);
  EXPECT_EQ(tell(BreakerWord::open).breaker.barred, Barred::everything);
}

TEST_P(QuotaBreaker, AClockSetBackHoldsNoProbeForLong) {
  if (real()) {
    GTEST_SKIP() << "a real clock stays";
  }
  tell(BreakerWord::open);
  pass(6s);
  ASSERT_TRUE(tell(BreakerWord::probe).may_probe);
  now_us_ -= 3'600'000'000;
  pass(1s);
  EXPECT_TRUE(tell(BreakerWord::probe).may_probe);
}

}  // namespace
}  // namespace claimferry::queue
