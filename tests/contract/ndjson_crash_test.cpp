// A job whose process ends between any two steps, or whose disk refuses one: what was acknowledged
// is there, what was not is not, and the rest of the job makes it whole, each version once.
#include "tests/contract/ndjson_store_fixture.hpp"

namespace claimferry::claims {
namespace {

using Fault = FaultyDisk::Fault;

constexpr unsigned pages = 4;
constexpr std::size_t claim_bytes = 25'000;

// Of a job whose second page changes what its first one brought, and that fills segments.
LakeClaims page_of(unsigned number) {
  const std::string name = std::to_string(number);
  LakeClaims claims{{"a" + name, content_of("a" + name, claim_bytes)},
                    {"b" + name, content_of("b" + name, claim_bytes)}};
  if (number == 2) {
    claims.emplace_back("a1", content_of("a1, adjusted"));
  }
  return claims;
}

LakeClaims truth_after(std::uint64_t number) {
  std::map<std::string, std::string> truth;
  for (unsigned page = 1; page <= number; ++page) {
    for (auto& [id, content] : page_of(page)) {
      truth[id] = content;
    }
  }
  return {truth.begin(), truth.end()};
}

class NdjsonCrash : public NdjsonStoreFixture {
 protected:
  // From where the cursor stands to the end; stops at the first failure.
  Result<void> run_job(NdjsonStore& store, std::uint64_t fence) {
    const SyncKey of = key("M1", "j1", fence);
    for (auto page = static_cast<unsigned>(pages_of(store, of)) + 1; page <= pages; ++page) {
      if (auto done = commit(store, of, page_of(page), page); !done) {
        return std::move(done.failure());
      }
    }
    return {};
  }
  // What a reader sees when the process after the dead one has begun, and when it is done.
  void expect_whole_after_crash() {
    std::uint64_t durable = 0;
    {
      const auto next = open();
      ASSERT_NE(next, nullptr);
      durable = pages_of(*next, key("M1", "j1", 2));
      EXPECT_EQ(files(".part"), 0U);
      EXPECT_EQ(standing(), truth_after(durable));
      ASSERT_TRUE(run_job(*next, 2).ok());
    }
    EXPECT_EQ(standing(), truth_after(pages));
    EXPECT_EQ(lines(), 2 * pages + 1);
  }
  void kill_at_each_step(Fault fault) {
    for (unsigned at = 0;; ++at) {
      SCOPED_TRACE(at);
      std::filesystem::remove_all(lake());
      const bool died = dies([&] {
        FaultyDisk disk(fault, at);
        const auto store = open(disk);
        static_cast<void>(run_job(*store, 1));
      });
      expect_whole_after_crash();
      if (!died) {
        EXPECT_GE(at, 4 * pages);
        return;
      }
      if (HasFailure()) {
        return;
      }
    }
  }
};

TEST_F(NdjsonCrash, KilledBeforeAnyStep) {
  kill_at_each_step(Fault::die_before);
}

TEST_F(NdjsonCrash, KilledAfterAnyStep) {
  kill_at_each_step(Fault::die_after);
}

TEST_F(NdjsonCrash, ADiskThatRefusesAnyStepShowsNothingHalfAndTheSamePageIsTakenLater) {
  for (unsigned at = 0;; ++at) {
    SCOPED_TRACE(at);
    std::filesystem::remove_all(lake());
    FaultyDisk disk(Fault::refuse, at);
    {
      const auto store = open(disk);
      ASSERT_NE(store, nullptr);
      const auto first = run_job(*store, 1);
      if (!first) {
        EXPECT_EQ(first.failure().code, "disk_full");
        EXPECT_EQ(first.failure().kind, FailureKind::local);
        ASSERT_TRUE(run_job(*store, 1).ok());
      }
    }
    open();  // what its end could not finish
    EXPECT_EQ(standing(), truth_after(pages));
    EXPECT_EQ(lines(), 2 * pages + 1);
    if (disk.steps() <= at || HasFailure()) {
      return;
    }
  }
}

TEST_F(NdjsonCrash, ADiskThatStaysFullTakesNothingUntilThereIsRoom) {
  FaultyDisk disk;
  const auto store = open(disk);
  ASSERT_TRUE(commit(*store, key("M1", "j1", 1), page_of(1), 1).ok());
  disk.refuse_all(true);
  for (int turn = 0; turn < 3; ++turn) {
    const auto full = commit(*store, key("M1", "j1", 1), page_of(2), 2);
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.failure().code, "disk_full");
    EXPECT_EQ(pages_of(*store, key("M1", "j1", 1)), 1U);
  }
  disk.refuse_all(false);
  ASSERT_TRUE(run_job(*store, 1).ok());
  clock_.now += std::chrono::minutes(6);
  store->tend();
  EXPECT_EQ(standing(), truth_after(pages));
}

// A part of a group that is refused takes its lines along, and nobody else's.
TEST_F(NdjsonCrash, APartThatFailsTakesOnlyItsOwnLinesBack) {
  const auto store = open();
  ASSERT_TRUE(store->begin().ok());
  const auto put = [&](const std::string& member, const std::string& id) {
    ParsedPage page;
    ResourceRow row;
    row.type = "Coverage";
    row.id = page.texts.add(id);
    row.raw = page.texts.add(content_of(id, 300'000));
    row.content_hash = row.change_hash = sha256(row.raw);
    page.resources.push_back(row);
    return store->commit({key(member, "j1", 1), queue::Resource::coverage, false, clock_.wall(),
                          std::move(page), queue::Cursor()});
  };
  ASSERT_TRUE(store->savepoint().ok());
  ASSERT_TRUE(put("M1", "first").ok());
  ASSERT_TRUE(store->release().ok());
  ASSERT_TRUE(store->savepoint().ok());
  ASSERT_TRUE(put("M2", "refused").ok());
  ASSERT_TRUE(store->roll_back_part().ok());
  ASSERT_TRUE(store->savepoint().ok());
  ASSERT_TRUE(put("M3", "last").ok());
  ASSERT_TRUE(store->release().ok());
  ASSERT_TRUE(store->commit_transaction().ok());
  ASSERT_TRUE(store->begin().ok());  // ends the full segment
  store->roll_back();
  EXPECT_EQ(standing("M1").size(), 1U);
  EXPECT_EQ(standing("M2").size(), 0U);
  EXPECT_EQ(standing("M3").size(), 1U);
}

}  // namespace
}  // namespace claimferry::claims
