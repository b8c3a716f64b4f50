// When segments end, whose parts are touched, and what a power loss takes.
#include <fstream>

#include "common/claims/adapter/ndjson_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"
#include "tests/contract/ndjson_store_fixture.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::claims {
namespace {

class NdjsonSegments : public NdjsonStoreFixture {
 protected:
  void put_state(std::string_view sql) const {
    auto state = SqliteDatabase::open(lake() / "state.db", std::chrono::milliseconds(1'000));
    ASSERT_TRUE(state.ok());
    const auto done = state->execute(sql);
    ASSERT_TRUE(done.ok()) << done.failure().detail;
  }
  std::filesystem::path only(std::string_view ending) const {
    for (const auto& entry : std::filesystem::directory_iterator(lake())) {
      if (entry.path().extension() == ending) {
        return entry.path();
      }
    }
    return {};
  }
};

TEST_F(NdjsonSegments, EndAtTheirSizeAndAtTheirAge) {
  const auto store = open();
  ASSERT_TRUE(commit(*store, key("M1", "j1", 1), {{"a", content_of("a", 70'000)}}).ok());
  EXPECT_EQ(files(".ndjson"), 0U);
  EXPECT_EQ(store->rest(), Duration::zero());
  store->tend();
  EXPECT_EQ(standing().size(), 1U);
  EXPECT_EQ(files(".part"), 0U);
  EXPECT_EQ(store->rest(), Duration(std::chrono::minutes(5)));
  ASSERT_TRUE(commit(*store, key("M1", "j1", 1), {{"b", content_of("b")}}).ok());
  clock_.now += std::chrono::minutes(4);
  store->tend();
  EXPECT_EQ(files(".ndjson"), 1U);
  clock_.now += std::chrono::minutes(1);
  EXPECT_EQ(store->rest(), Duration::zero());
  store->tend();
  EXPECT_EQ(files(".ndjson"), 2U);
  EXPECT_EQ(standing().size(), 2U);
}

TEST_F(NdjsonSegments, WhatIsUnchangedCostsNoLine) {
  const auto store = open();
  const LakeClaims claims{{"a", content_of("one")}, {"b", content_of("two")}};
  for (std::uint64_t fence = 1; fence < 5; ++fence) {
    const SyncKey of = key("M1", "sweep-" + std::to_string(fence), fence);
    ASSERT_TRUE(commit(*store, of, claims, 1, true).ok());
    ASSERT_TRUE(close(*store, of).ok());
  }
  clock_.now += std::chrono::hours(1);
  store->tend();
  EXPECT_EQ(lines(), 2U);
}

TEST_F(NdjsonSegments, AnAbsenceIsALineAndWhatComesBackANewVersion) {
  const auto store = open();
  LakeClaims all;
  for (int number = 0; number < 10; ++number) {
    all.emplace_back("c" + std::to_string(number), content_of("claim"));
  }
  const LakeClaims without(all.begin() + 1, all.end());
  const auto sweep = [&](std::uint64_t fence, const LakeClaims& claims) {
    const SyncKey of = key("M1", "sweep-" + std::to_string(fence), fence);
    ASSERT_TRUE(commit(*store, of, claims, 1, true).ok());
    ASSERT_TRUE(close(*store, of).ok());
    clock_.now += std::chrono::hours(1);
    store->tend();
  };
  sweep(1, all);
  sweep(2, without);
  EXPECT_EQ(standing(), all);
  sweep(3, without);
  EXPECT_EQ(standing(), without);
  sweep(4, all);
  EXPECT_EQ(standing(), all);
  EXPECT_EQ(lines(), 10U + 1U + 1U);
}

// As pretty-printing payers send it: no line end of theirs may break a line of ours.
TEST_F(NdjsonSegments, BytesThatHaveLineEndsAreRecoveredToTheByte) {
  const LakeClaims claims{{"pretty", "{\r\n  \"a\": [\n 1.10,\t\"\\n,\\\"raw\\\":{}\" ] }"},
                          {"\"odd\\id\x01", "{\"\xc3\xa9\":\"\\u0000 \\/\"}"}};
  ASSERT_TRUE(commit(*open(), key("M1", "j1", 1), claims).ok());
  LakeClaims sorted = claims;
  std::ranges::sort(sorted);
  EXPECT_EQ(standing(), sorted);
}

TEST_F(NdjsonSegments, ALivingProcesssPartIsNotTouched) {
  const auto living = open();
  ASSERT_TRUE(commit(*living, key("M1", "j1", 1), {{"a", content_of("a")}}).ok());
  clock_.now += std::chrono::hours(1);
  {
    const auto other = open();
    other->tend();
    EXPECT_EQ(files(".part"), 1U);
    EXPECT_EQ(files(".ndjson"), 0U);
    ASSERT_TRUE(commit(*other, key("M2", "j1", 1), {{"a", content_of("a")}}).ok());
  }
  EXPECT_EQ(files(".part"), 1U);
  ASSERT_TRUE(commit(*living, key("M1", "j1", 1), {{"b", content_of("b")}}).ok());
  living->tend();
  EXPECT_EQ(standing("M1").size(), 1U);
  EXPECT_EQ(standing("M2").size(), 1U);
}

TEST_F(NdjsonSegments, ADeadProcesssPartIsEndedByWhoeverLives) {
  const auto living = open();
  dies([&] {
    const auto store = open();
    static_cast<void>(commit(*store, key("M1", "j1", 1), {{"a", content_of("a")}}));
    ::kill(::getpid(), SIGKILL);
  });
  EXPECT_EQ(files(".part"), 1U);
  clock_.now += std::chrono::minutes(5);
  living->tend();
  EXPECT_EQ(files(".part"), 0U);
  EXPECT_EQ(standing().size(), 1U);
}

// fsync = "segment": the lines of an unfinished segment may be lost, never a cursor before them,
// and whoever is seen again has them again.
TEST_F(NdjsonSegments, WhatAPowerLossTookIsWrittenAgainWhenItIsSeen) {
  NdjsonOptions lazy = options();
  lazy.sync_pages = false;
  const LakeClaims early{{"early", content_of("early", 70'000)}};
  const LakeClaims late{{"late", content_of("late")}};
  dies([&] {
    const auto store = open(disk_, lazy);
    static_cast<void>(commit(*store, key("M1", "j0", 1), early, 1));
    store->tend();
    static_cast<void>(commit(*store, key("M1", "j1", 1), late, 1));
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_EQ(files(".part"), 1U);
  put_state("UPDATE segment SET boot = 'before'");
  std::filesystem::resize_file(only(".part"), 0);
  const auto store = open(disk_, lazy);
  EXPECT_EQ(standing(), early);
  EXPECT_EQ(pages_of(*store, key("M1", "j1", 2)), 0U);
  ASSERT_EQ(commit(*store, key("M1", "j1", 2), late, 1)->changed, 1U);
  ASSERT_EQ(commit(*store, key("M1", "j1", 2), early, 2)->unchanged, 1U);
  clock_.now += std::chrono::hours(1);
  store->tend();
  EXPECT_EQ(standing(), (LakeClaims{early[0], late[0]}));
}

TEST_F(NdjsonSegments, WithAPageSyncedAPowerLossTakesNothing) {
  dies([&] {
    const auto store = open();
    static_cast<void>(commit(*store, key("M1", "j1", 1), {{"a", content_of("a")}}, 1));
    ::kill(::getpid(), SIGKILL);
  });
  put_state("UPDATE segment SET boot = 'before'");
  const auto store = open();
  EXPECT_EQ(standing().size(), 1U);
  EXPECT_EQ(pages_of(*store, key("M1", "j1", 2)), 1U);
}

TEST_F(NdjsonSegments, WithoutItsStateEverythingIsWrittenAgainAndReadersPreferIt) {
  {
    const auto store = open();
    ASSERT_TRUE(commit(*store, key("M1", "j1", 5), {{"a", content_of("one")}}).ok());
    ASSERT_TRUE(commit(*store, key("M1", "j1", 5), {{"a", content_of("two")}}).ok());
  }
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    std::filesystem::remove(lake() / name);
  }
  {
    const auto store = open();
    EXPECT_EQ(commit(*store, key("M1", "j1", 6), {{"a", content_of("three")}})->inserted, 1U);
  }
  EXPECT_EQ(standing(), (LakeClaims{{"a", content_of("three")}}));
}

TEST_F(NdjsonSegments, RefusesAnotherHostsDirectoryAndAnotherSchema) {
  open();
  put_state("UPDATE meta SET value = 'another' WHERE key = 'host'");
  const auto refusal = [&] {
    auto store = NdjsonStore::open(options(), clock_, disk_);
    return store ? Failure() : store.failure();
  };
  // Where the machine has an id.
  if (std::ifstream("/etc/machine-id").peek() != std::ifstream::traits_type::eof()) {
    EXPECT_EQ(refusal().code, "sink_other_host");
    EXPECT_EQ(refusal().kind, FailureKind::permanent);
  }
  put_state("UPDATE meta SET value = '99' WHERE key = 'schema'");
  EXPECT_EQ(refusal().code, "sink_schema");
  EXPECT_EQ(refusal().kind, FailureKind::permanent);
}

TEST_F(NdjsonSegments, ADirectoryThatIsAwayIsWaitedFor) {
  const auto away = directory_ / "away";
  const auto store = open();
  std::filesystem::rename(lake(), away);
  const auto refused = commit(*store, key("M1", "j1", 1), {{"a", content_of("a")}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_EQ(refused.failure().code, "sink_unavailable");
  std::filesystem::rename(away, lake());
  EXPECT_TRUE(commit(*store, key("M1", "j1", 1), {{"a", content_of("a")}}).ok());
}

// The sink's thread ends segments by itself; its end leaves no part.
TEST_F(NdjsonSegments, TheSinkEndsItsSegmentWhenItGoes) {
  boost::asio::io_context io;
  const SystemClock clock;
  {
    NdjsonSink sink(options(), clock);
    ASSERT_TRUE(contract::run(io, sink.open()).ok());
    ASSERT_TRUE(contract::run(
                    io, sink.quarantine_page({key("M1", "j1", 1), queue::Resource::eob,
                                              clock.wall(), "page_not_json", http::Body("<html>")}))
                    .ok());
  }
  EXPECT_EQ(files(".part"), 0U);
  EXPECT_EQ(lines(), 1U);
}

}  // namespace
}  // namespace claimferry::claims
