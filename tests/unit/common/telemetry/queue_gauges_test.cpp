#include "common/telemetry/queue_gauges.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

namespace claimferry::telemetry {
namespace {

using ::testing::HasSubstr;

class QueueGaugesTest : public testing::Test {
 protected:
  std::string text() const {
    auto families = registry.Collect();
    for (auto& family : gauges.collect_snapshots()) {
      families.push_back(std::move(family));
    }
    return prometheus::TextSerializer().Serialize(families);
  }

  prometheus::Registry registry;
  QueueGauges gauges{registry, {*PayerName::parse("aetna")}};
};

TEST_F(QueueGaugesTest, EverySeriesStandsAtZeroFromTheStart) {
  const std::string zero = text();
  for (const auto* line :
       {R"(claimferry_queue_jobs{lane="backfill",state="ready"} 0)",
        R"(claimferry_queue_jobs{lane="all",state="dead"} 0)",
        R"(claimferry_queue_oldest_job_seconds{lane="urgent"} 0)",
        R"(claimferry_members{state="reconsent"} 0)", R"(claimferry_paused{scope="member"} 0)",
        R"(claimferry_grants_stopped{payer="aetna"} 0)",
        R"(claimferry_consents_ending{within="7d"} 0)",
        R"(claimferry_backfill_batch_jobs{state="left"} 0)", "claimferry_backfill_batches 0",
        "claimferry_workers 0", "claimferry_desired_workers 0", "claimferry_drain_eta_seconds 0",
        "claimferry_redis_up 0", "claimferry_redis_evicted_keys 0",
        R"(claimferry_member_freshness_seconds_bucket{le="3600"} 0)",
        R"(claimferry_member_freshness_seconds_bucket{le="+Inf"} 0)",
        R"(claimferry_consent_remaining_seconds_bucket{le="86400"} 0)",
        R"(claimferry_consent_remaining_seconds_bucket{le="+Inf"} 0)"}) {
    EXPECT_THAT(zero, HasSubstr(line));
  }
}

TEST_F(QueueGaugesTest, ShowTheLastSnapshot) {
  QueueSnapshot snapshot;
  snapshot.oldest_job_seconds = {{"routine", 12.5}};
  snapshot.pauses = {{"lane", 2}};
  snapshot.batches = 3;
  snapshot.batch_jobs = {{"left", 40}, {"queued", 5}};
  snapshot.workers = 6;
  snapshot.desired_workers = 7;
  snapshot.drain_eta_seconds = 80;
  snapshot.consent_remaining = {{86'400, 1}, {std::numeric_limits<double>::infinity(), 9}};
  gauges.set(snapshot);
  const std::string now = text();
  for (const auto* line :
       {R"(claimferry_queue_oldest_job_seconds{lane="routine"} 12.5)",
        R"(claimferry_paused{scope="lane"} 2)", "claimferry_backfill_batches 3",
        R"(claimferry_backfill_batch_jobs{state="left"} 40)", "claimferry_workers 6",
        "claimferry_desired_workers 7", "claimferry_drain_eta_seconds 80",
        R"(claimferry_consent_remaining_seconds_bucket{le="86400"} 1)",
        "claimferry_consent_remaining_seconds_count 9"}) {
    EXPECT_THAT(now, HasSubstr(line));
  }
}

TEST_F(QueueGaugesTest, TellOfRedisAndThatItIsAway) {
  RedisSnapshot redis;
  redis.is_up = redis.never_evicts = redis.is_persisting = true;
  redis.memory_used_bytes = 1'000;
  redis.latency_seconds = 0.25;
  gauges.set(redis);
  for (const auto* line :
       {"claimferry_redis_up 1", "claimferry_redis_noeviction 1", "claimferry_redis_aof_enabled 0",
        "claimferry_redis_persistence_ok 1", "claimferry_redis_memory_used_bytes 1000",
        "claimferry_redis_latency_seconds 0.25"}) {
    EXPECT_THAT(text(), HasSubstr(line));
  }
  gauges.set(RedisSnapshot());
  EXPECT_THAT(text(), HasSubstr("claimferry_redis_up 0"));
}

}  // namespace
}  // namespace claimferry::telemetry
