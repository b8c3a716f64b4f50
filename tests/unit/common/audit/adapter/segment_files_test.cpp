#include "common/audit/adapter/segment_files.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/audit/adapter/directory_fixture.hpp"

namespace claimferry::audit {
namespace {

class SegmentFiles : public testing::Test, public DirectoryFixture {
 protected:
  // Lines 1 to 3 in October, 4 to 6 in November.
  void SetUp() override {
    october_ = fill(1, 3, std::nullopt, std::chrono::sys_days(2026y / 10 / 5));
    november_ = fill(4, 6, october_, in_november);
    write_text(file("notes.txt"), "not ours");
    segments_ = *segments_in(path());
  }
  std::vector<std::uint64_t> numbers(Result<ChainReader> chain) {
    std::vector<std::uint64_t> found;
    while (const auto record = *chain->next()) {
      found.push_back(record->seq);
    }
    return found;
  }
  Head october_, november_;
  std::vector<Segment> segments_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(SegmentFiles, AreThoseWithASegmentsName) {
  EXPECT_EQ(segments_, (std::vector<Segment>{{2026y / 10}, {2026y / 11}}));
  EXPECT_TRUE(segments_in(path() / "absent")->empty());
}

TEST_F(SegmentFiles, AreOneChain) {
  EXPECT_EQ(numbers(chain_behind(path(), segments_, october_)), (Numbers{4, 5, 6}));
  EXPECT_EQ(numbers(chain_behind(path(), segments_, november_)), Numbers{});
  EXPECT_EQ(numbers(last_of_chain(path(), segments_, november_, 4)), (Numbers{2, 3, 4, 5, 6}));
  EXPECT_EQ(numbers(last_of_chain(path(), segments_, november_, 100)), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(numbers(last_of_chain(path(), {}, {}, 100)), Numbers{});
}

TEST_F(SegmentFiles, KnowNoLineThatTheyDoNotHold) {
  for (const Head& other :
       {Head{0, october_.hash}, Head{3, november_.hash}, Head{7, october_.hash}}) {
    EXPECT_EQ(chain_behind(path(), segments_, other).failure().code, "audit_head_unknown");
  }
  EXPECT_EQ(chain_behind(path(), {}, october_).failure().code, "audit_head_unknown");
}

TEST_F(SegmentFiles, EndBeforeAHalfLine) {
  const fs::path last = file("audit-2026-11.jsonl");
  const auto size = fs::file_size(last);
  write_text(last, read_text(last) + "{\"seq\":7");
  const auto tail = tail_of(last);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->last->seq, 6U);
  EXPECT_EQ(tail->whole_bytes, size);
  EXPECT_EQ(tail->bytes, size + 8);
  EXPECT_EQ(numbers(chain_behind(path(), segments_, october_)), (Numbers{4, 5, 6}));
}

}  // namespace
}  // namespace claimferry::audit
