#include "common/claims/adapter/segment_rewrite.hpp"

#include <fstream>
#include <sstream>

#include "common/base/limits.hpp"
#include "common/claims/adapter/segment_line.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

class SegmentRewriteTest : public StoreFixture {
 protected:
  static std::string line(const std::string& member, std::uint64_t fence, std::size_t bytes) {
    const SyncKey of = key(member, fence);
    const std::string raw(bytes, 'x');
    return quarantine_head({of, WallTime(), "Patient", "p", "wrong_shape", "/", raw}) + raw +
           "\"}\n";
  }
  Rewritten rewrite(const std::string& before, const std::string& member, std::uint64_t fence) {
    const auto from = path().string() + ".before";
    const auto to = path().string() + ".after";
    std::ofstream(from) << before;
    SegmentDisk disk;
    EXPECT_TRUE(disk.remove(to).ok());
    auto source = disk.open(from);
    auto target = disk.create(to);
    const SyncKey of = key(member, fence);
    auto done = rewrite_segment(disk, *source, *target, {of.payer, of.job.member, of.job.fence});
    EXPECT_TRUE(done.ok());
    std::ostringstream text;
    text << std::ifstream(to).rdbuf();
    after_ = text.str();
    return *done;
  }

  std::string after_;
};

TEST_F(SegmentRewriteTest, DropsTheMembersLinesOfItsFenceAndBelowAndNoOthers) {
  const std::string other = line("M1", 5, 10) + line("M22", 5, 10);
  const std::string later = line("M2", 8, 10);
  const std::string erased = erase_line(key("M2", 3), WallTime());
  const std::string foreign = "# written by somebody\n\n";
  const auto done =
      rewrite(line("M2", 7, 10) + other + later + erased + foreign + line("M2", 6, 10), "M2", 7);
  EXPECT_EQ(after_, other + later + erased + foreign);
  EXPECT_EQ(done.dropped, 2U);
  EXPECT_EQ(done.bytes, after_.size());
  EXPECT_TRUE(done.holds_more);
}

// limits::segment_head_bytes_max, segment_buffer_bytes: whatever of a line comes in one piece.
TEST_F(SegmentRewriteTest, TakesLinesOfAnyLengthInPieces) {
  std::string before;
  std::string expected;
  for (const std::size_t bytes :
       {std::size_t{0}, limits::segment_head_bytes_max - 300, limits::segment_head_bytes_max,
        limits::segment_buffer_bytes - 700, limits::segment_buffer_bytes * 3}) {
    for (std::size_t more = 0; more < 3; ++more) {
      before += line("M2", 1, bytes + more) + line("M1", 1, bytes + more);
      expected += line("M1", 1, bytes + more);
    }
  }
  EXPECT_EQ(rewrite(before, "M2", 7).dropped, 15U);
  EXPECT_EQ(after_, expected);
}

TEST_F(SegmentRewriteTest, KeepsALastLineWithoutAnEnd) {
  rewrite(line("M2", 1, 10) + "no line", "M2", 7);
  EXPECT_EQ(after_, "no line");
}

}  // namespace
}  // namespace claimferry::claims
