#include "scheduler/ctl/doctor/setup_diagnosis.hpp"

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(SetupDiagnosis, EachMistakeOfTheConfigurationIsAFinding) {
  EXPECT_EQ(of_configuration({}).at(0).health, Health::good);
  const auto findings = of_configuration(
      {{"c.toml:2:1", "worker.slotz", "is no key"}, {"", "redis.url", "has a value"}});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].health, Health::bad);
  EXPECT_THAT(findings[0].what, HasSubstr("c.toml:2:1: worker.slotz is no key"));
}

TEST(SetupDiagnosis, KeysAreNamedByTheirIdsAlone) {
  const auto ring = vault::KeyRing::parse(
      Secret("one:" + std::string(42, 'A') + "A=\n*two:" + std::string(42, 'B') + "A="), "keys");
  ASSERT_TRUE(ring);
  const Finding finding = of_keys(ring, "/keys");
  EXPECT_EQ(finding.what, "/keys holds 2 keys, two is active");
  EXPECT_EQ(of_keys(Failure{FailureKind::permanent, "key_file", "no key in it"}, "/keys").health,
            Health::bad);
}

class RedisDiagnosis : public testing::Test {
 protected:
  RedisDiagnosis() {
    look.snapshot.is_up = look.snapshot.never_evicts = true;
    look.snapshot.is_aof_on = look.snapshot.is_persisting = true;
    look.snapshot.latency_seconds = 0.001;
  }
  Health health(std::size_t at) const { return of_redis(look).at(at).health; }

  RedisLook look{"redis://r:6379/0", "7.0.15", {}, true};
};

TEST_F(RedisDiagnosis, OneThatIsFitIsGood) {
  for (const Finding& finding : of_redis(look)) {
    EXPECT_EQ(finding.health, Health::good) << finding.link;
  }
}

TEST_F(RedisDiagnosis, SlowIsDoubtful) {
  look.snapshot.latency_seconds = 0.05;
  EXPECT_EQ(health(0), Health::doubtful);
}

TEST_F(RedisDiagnosis, WithoutALogItIsDoubtfulAndWithABrokenOneBad) {
  look.snapshot.is_aof_on = false;
  EXPECT_EQ(health(1), Health::doubtful);
  look.snapshot.is_persisting = false;
  EXPECT_EQ(health(1), Health::bad);
}

TEST_F(RedisDiagnosis, ADefaultUserWithoutRightsLosesWhatTheLogHolds) {
  look.default_may_write = false;
  EXPECT_EQ(health(1), Health::bad);
  EXPECT_THAT(of_redis(look).at(1).fix, HasSubstr("user default off ~* &* +@all"));
  look.default_may_write = std::nullopt;  // a user that may not ask
  EXPECT_EQ(health(1), Health::good);
  look.default_may_write = false;
  look.snapshot.is_aof_on = false;
  EXPECT_EQ(health(1), Health::doubtful) << "there is no log to read back";
}

TEST_F(RedisDiagnosis, NearItsMemoryIsDoubtful) {
  look.snapshot.memory_max_bytes = 1'000'000'000;
  look.snapshot.memory_used_bytes = 700'000'000;
  EXPECT_EQ(health(2), Health::good);
  look.snapshot.memory_used_bytes = 900'000'000;
  EXPECT_EQ(health(2), Health::doubtful);
}

TEST(SetupDiagnosis, ARedisThatIsAwayIsToldWithWhatToDo) {
  const Finding away = of_redis_trouble(
      {FailureKind::local, "redis_unreachable", "connection refused"}, "redis://r");
  EXPECT_EQ(away.health, Health::bad);
  EXPECT_THAT(away.fix, HasSubstr("redis.url"));
  EXPECT_EQ(away.what, "redis://r: connection refused");
  EXPECT_EQ(of_redis_trouble({FailureKind::local, "x", "redis://r refused"}, "redis://r").what,
            "redis://r refused");
  EXPECT_THAT(of_redis_trouble({FailureKind::permanent, "redis_evicts", "set it"}, "r").fix,
              HasSubstr("noeviction"));
}

TEST(SetupDiagnosis, ClocksApartAreDoubtfulThenBad) {
  const WallTime now{1'800'000'000s};
  EXPECT_EQ(of_redis_clock(now, now + 900ms).health, Health::good);
  EXPECT_EQ(of_redis_clock(now + 2s, now).health, Health::doubtful);
  EXPECT_EQ(of_redis_clock(now, now + 31s).health, Health::bad);
}

TEST(SetupDiagnosis, WhoLeadsAndWorks) {
  queue::QueueStats stats;
  EXPECT_THAT(of_fleet(stats).what, HasSubstr("no scheduler leads"));
  stats.has_leader = true;
  EXPECT_THAT(of_fleet(stats).fix, HasSubstr("claimferry-worker"));
  stats.workers = 2;
  EXPECT_EQ(of_fleet(stats).health, Health::good);
}

TEST(SetupDiagnosis, FunctionsOfAnotherReleaseAreDoubtful) {
  EXPECT_THAT(of_functions(0, 2).what, HasSubstr("not in Redis"));
  EXPECT_THAT(of_functions(1, 2).fix, HasSubstr("replaces it"));
  EXPECT_THAT(of_functions(3, 2).fix, HasSubstr("newer release"));
  EXPECT_EQ(of_functions(2, 2).health, Health::good);
}

TEST(SetupDiagnosis, ADatabaseIsToldInItsOwnWords) {
  const Finding bad =
      of_database(Failure{FailureKind::permanent, "sink_schema", "run claimferry db migrate"});
  EXPECT_EQ(bad.health, Health::bad);
  EXPECT_THAT(bad.what, HasSubstr("db migrate"));
}

TEST(SetupDiagnosis, ADatabasesUserIsFitByTheRoleOfAnyProgram) {
  EXPECT_THAT(of_database(claims::PostgresRights{"w", true, true}).what, HasSubstr("write claims"));
  const Finding keeper = of_database(claims::PostgresRights{"s", false, true});
  EXPECT_EQ(keeper.health, Health::good);
  EXPECT_THAT(keeper.what, HasSubstr("user s may keep members"));
  const Finding stranger = of_database(claims::PostgresRights{"x", false, false});
  EXPECT_EQ(stranger.health, Health::bad);
  EXPECT_THAT(stranger.fix, HasSubstr("GRANT claimferry_worker TO x"));
}

TEST(SetupDiagnosis, ADiskThatFillsIsDoubtfulThenBad) {
  constexpr std::uint64_t gib = 1ULL << 30U;
  EXPECT_EQ(of_disk({"sink.path", "/d", 50 * gib, 100 * gib}).health, Health::good);
  EXPECT_EQ(of_disk({"sink.path", "/d", 4 * gib, 100 * gib}).health, Health::doubtful);
  EXPECT_EQ(of_disk({"sink.path", "/d", gib / 2, 2 * gib}).health, Health::doubtful);
  EXPECT_EQ(of_disk({"sink.path", "/d", gib / 8, 100 * gib}).health, Health::bad);
}

TEST(SetupDiagnosis, AWorkerMustBeGivenTheTimeToEnd) {
  config::WorkerConfig worker;
  worker.drain = 20s;
  EXPECT_EQ(of_grace(worker, 30s).health, Health::good);
  EXPECT_EQ(of_grace(worker, 27s).health, Health::bad) << "a refresh in flight is waited for";
  worker.drain = 60s;
  EXPECT_EQ(of_grace(worker, 30s).health, Health::bad);
  EXPECT_THAT(of_grace(worker, 30s).what, HasSubstr("63.0 s"));
  EXPECT_EQ(of_grace(worker, 63s).health, Health::good);
}

TEST(SetupDiagnosis, NothingBadOrDoubtfulLacksAFix) {
  std::vector<Finding> findings = of_configuration({{"c.toml:2:1", "worker.slotz", "is no key"}});
  for (const FailureKind kind : {FailureKind::local, FailureKind::permanent}) {
    for (const char* code : {"redis_unreachable", "redis_refused", "redis_evicts", "redis_too_old",
                             "redis_schema", "redis_wrongtype", "redis_noperm", "redis_info",
                             "sink_schema", "sink_rights", "sink_unavailable", "key_file"}) {
      const Failure failure{kind, code, "seen"};
      findings.push_back(of_redis_trouble(failure, "redis://r"));
      findings.push_back(of_database(failure));
      findings.push_back(of_keys(failure, "/keys"));
    }
  }
  findings.push_back(of_database(claims::PostgresRights{"x", false, false}));
  findings.push_back(of_redis_clock(WallTime{}, WallTime{} + 2s));
  findings.push_back(of_fleet({}));
  findings.push_back(of_functions(0, 2));
  findings.push_back(of_functions(1, 2));
  findings.push_back(of_functions(3, 2));
  findings.push_back(of_disk({"sink.path", "/d", 1, 100}));
  findings.push_back(of_grace({}, 1s));
  RedisLook look{"redis://r", "7.0.15", {}, false};
  look.snapshot.latency_seconds = 1;
  look.snapshot.memory_max_bytes = look.snapshot.memory_used_bytes = 100;
  for (const auto& [persists, has_log] : {std::pair{false, false}, {true, false}, {true, true}}) {
    look.snapshot.is_persisting = persists;
    look.snapshot.is_aof_on = has_log;
    std::ranges::move(of_redis(look), std::back_inserter(findings));
  }
  for (const Finding& finding : findings) {
    EXPECT_NE(finding.health, Health::good) << finding.link << ": " << finding.what;
    EXPECT_NE(finding.fix, "") << finding.link << ": " << finding.what;
  }
}

}  // namespace
}  // namespace claimferry::ctl
