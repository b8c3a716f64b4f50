// An erasure from segments: whoever else stands in them stays, whenever it is broken off.
#include "tests/contract/ndjson_store_fixture.hpp"

namespace claimferry::claims {
namespace {

using Fault = FaultyDisk::Fault;

class NdjsonErasure : public NdjsonStoreFixture {
 protected:
  static LakeClaims claims_of(const std::string& member, unsigned round) {
    const std::string name = member + "-" + std::to_string(round);
    return {{name, content_of(name, 20'000)}};
  }
  // Three members whose lines stand beside each other in several segments.
  void fill(NdjsonStore& store) {
    for (unsigned round = 0; round < 4; ++round) {
      for (const char* member : {"M1", "M2", "M3"}) {
        const SyncKey of = key(member, "j1", 10);
        ASSERT_TRUE(commit(store, of, claims_of(member, round), round + 1).ok());
      }
    }
    ASSERT_TRUE(transact(store, [&](NdjsonStore& in) {
                  return in.quarantine_page({key("M2", "j1", 10), queue::Resource::eob,
                                             clock_.wall(), "page_not_json", http::Body("<html>")});
                }).ok());
  }
  std::size_t lines_of(const std::string& member, const std::string& operation) const {
    std::size_t count = 0;
    for (const auto& line : sandbox::read_segments(lake())) {
      count += line.member == member && line.operation == operation ? 1 : 0;
    }
    return count;
  }
  void expect_only_the_member_gone() {
    EXPECT_EQ(lines_of("M2", "upsert") + lines_of("M2", "quarantine"), 0U);
    EXPECT_GE(lines_of("M2", "erase"), 1U);
    EXPECT_EQ(lines_of("M1", "upsert"), 4U);
    EXPECT_EQ(lines_of("M3", "upsert"), 4U);
    EXPECT_EQ(files(".rewrite"), 0U);
  }
  void broken_off_at_each_step(Fault fault) {
    fill(*open());
    ASSERT_EQ(lines_of("M2", "upsert"), 4U);
    ASSERT_GE(files(".ndjson"), 3U);
    const auto template_lake = directory_ / "template";
    std::filesystem::rename(lake(), template_lake);
    for (unsigned at = 0;; ++at) {
      SCOPED_TRACE(at);
      std::filesystem::remove_all(lake());
      std::filesystem::copy(template_lake, lake());
      const bool died = dies([&] {
        FaultyDisk disk(fault, at);
        auto store = open(disk);
        static_cast<void>(erase(*store, "M2", 20));
        store.reset();
      });
      {
        const auto next = open();
        ASSERT_NE(next, nullptr);
        const auto again = erase(*next, "M2", 21);
        ASSERT_TRUE(again.ok()) << again.failure().detail;
        EXPECT_EQ(commit(*next, key("M2", "j1", 20), claims_of("M2", 0)).failure().code,
                  "sink_erased");
      }
      expect_only_the_member_gone();
      if ((!died && fault != Fault::refuse) || at > 200 || HasFailure()) {
        EXPECT_GT(at, 10U);
        return;
      }
    }
  }
};

TEST_F(NdjsonErasure, TakesTheMembersLinesAndLeavesALineThatSaysSo) {
  const auto store = open();
  fill(*store);
  const auto erased = erase(*store, "M2", 20);
  ASSERT_TRUE(erased.ok()) << erased.failure().detail;
  expect_only_the_member_gone();
  EXPECT_EQ(lines_of("M2", "erase"), 1U);
  EXPECT_TRUE(standing("M2").empty());
}

TEST_F(NdjsonErasure, KilledBeforeAnyStepIsDoneByTheNextTry) {
  broken_off_at_each_step(Fault::die_before);
}

TEST_F(NdjsonErasure, KilledAfterAnyStepIsDoneByTheNextTry) {
  broken_off_at_each_step(Fault::die_after);
}

TEST_F(NdjsonErasure, ADiskThatRefusesAStepLeavesEachSegmentWhole) {
  for (unsigned at = 0;; ++at) {
    SCOPED_TRACE(at);
    std::filesystem::remove_all(lake());
    fill(*open());
    FaultyDisk disk(Fault::refuse, at);
    {
      const auto store = open(disk);
      if (const auto first = erase(*store, "M2", 20); !first) {
        EXPECT_EQ(first.failure().code, "disk_full");
        sandbox::read_segments(lake());  // throws at half a line
        ASSERT_TRUE(erase(*store, "M2", 21).ok());
      }
    }
    open();
    expect_only_the_member_gone();
    if (disk.steps() <= at || HasFailure()) {
      EXPECT_GT(at, 10U);
      return;
    }
  }
}

// limits::segment_watch_interval
TEST_F(NdjsonErasure, WaitsForAnotherWorkersSegmentWhichEndsSoon) {
  const auto other = open();
  const auto store = open();
  ASSERT_TRUE(commit(*other, key("M2", "j1", 10), claims_of("M2", 1)).ok());
  ASSERT_TRUE(commit(*other, key("M1", "j1", 10), claims_of("M1", 1)).ok());
  const auto held = erase(*store, "M2", 20);
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.failure().code, "sink_busy");
  EXPECT_EQ(held.failure().kind, FailureKind::local);
  EXPECT_LE(other->rest(), Duration(std::chrono::seconds(1)));
  other->tend();
  const auto done = erase(*store, "M2", 21);
  ASSERT_TRUE(done.ok()) << done.failure().detail;
  EXPECT_EQ(lines_of("M2", "upsert"), 0U);
  EXPECT_EQ(standing("M1").size(), 1U);
}

TEST_F(NdjsonErasure, AMemberWhoCameBackKeepsWhatIsNew) {
  const auto store = open();
  ASSERT_TRUE(commit(*store, key("M2", "j1", 10), claims_of("M2", 1)).ok());
  const SyncKey gone = key("M2", "erase", 20);
  ASSERT_TRUE(
      transact(*store, [&](NdjsonStore& in) { return in.erase(gone, clock_.wall()); }).ok());
  ASSERT_TRUE(commit(*store, key("M2", "j2", 30), claims_of("M2", 2)).ok());
  ASSERT_TRUE(store->clear_member(gone).ok());
  EXPECT_EQ(standing("M2"), claims_of("M2", 2));
  EXPECT_EQ(lines_of("M2", "upsert"), 1U);
  ASSERT_TRUE(erase(*store, "M2", 40).ok());
  EXPECT_EQ(lines_of("M2", "upsert"), 0U);
}

// Whoever loses state.db must still be able to let a member go.
TEST_F(NdjsonErasure, ReachesSegmentsOfWhichTheStateKnowsNothing) {
  fill(*open());
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    std::filesystem::remove(lake() / name);
  }
  const auto store = open();
  ASSERT_TRUE(erase(*store, "M2", 20).ok());
  expect_only_the_member_gone();
}

TEST_F(NdjsonErasure, AStatePutBackFromABackupWritesWhatItSeesAndReachesWhatItForgot) {
  const LakeClaims before{{"a", content_of("one")}};
  {
    const auto store = open();
    ASSERT_TRUE(commit(*store, key("M1", "j1", 10), before).ok());
    ASSERT_TRUE(store->database().execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
    std::filesystem::copy(lake() / "state.db", directory_ / "backup.db");
    ASSERT_TRUE(commit(*store, key("M1", "j1", 10), {{"a", content_of("two")}}).ok());
    ASSERT_TRUE(commit(*store, key("M2", "j1", 10), {{"b", content_of("b")}}).ok());
  }
  for (const char* name : {"state.db-wal", "state.db-shm"}) {
    std::filesystem::remove(lake() / name);
  }
  std::filesystem::rename(directory_ / "backup.db", lake() / "state.db");
  ASSERT_EQ(lines_of("M2", "upsert"), 1U);
  const auto store = open();
  EXPECT_EQ(commit(*store, key("M1", "j2", 11), before)->changed, 1U);
  ASSERT_TRUE(erase(*store, "M2", 20).ok());
  EXPECT_EQ(lines_of("M2", "upsert"), 0U);
  EXPECT_EQ(standing("M1"), before);
}

TEST_F(NdjsonErasure, PassesOverSegmentsThatTheirOwnerTookAway) {
  fill(*open());
  const auto store = open();
  std::filesystem::create_directory(directory_ / "elsewhere");
  for (const auto& entry : std::filesystem::directory_iterator(lake())) {
    if (entry.path().extension() == ".ndjson") {
      std::filesystem::rename(entry.path(), directory_ / "elsewhere" / entry.path().filename());
    }
  }
  ASSERT_TRUE(erase(*store, "M2", 20).ok());
  EXPECT_EQ(lines(), 1U);
}

}  // namespace
}  // namespace claimferry::claims
