#include "common/audit/adapter/segment_reader.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/unit/common/audit/adapter/directory_fixture.hpp"

namespace claimferry::audit {
namespace {

using Kind = SegmentReader::Line::Kind;

class Reader : public testing::Test, public DirectoryFixture {
 protected:
  void SetUp() override { fs::create_directory(path()); }
  fs::path segment(const std::string& text) {
    write_text(file("segment"), text);
    return file("segment");
  }
  std::vector<std::pair<Kind, std::size_t>> kinds_and_sizes(const std::string& text) {
    auto reader = SegmentReader::open(segment(text));
    std::vector<std::pair<Kind, std::size_t>> found;
    std::uint64_t offset = 0;
    while (const auto line = *reader->next()) {
      EXPECT_GE(line->offset, offset);
      offset = line->offset;
      found.emplace_back(line->kind, line->text.size());
    }
    return found;
  }
};

TEST_F(Reader, PartsAFileIntoLinesWhereverItsBuffersEnd) {
  using Found = std::vector<std::pair<Kind, std::size_t>>;
  EXPECT_EQ(kinds_and_sizes(""), Found{});
  EXPECT_EQ(kinds_and_sizes("a\n\nbcd\n"),
            (Found{{Kind::whole, 1}, {Kind::whole, 0}, {Kind::whole, 3}}));
  EXPECT_EQ(kinds_and_sizes("a\nhalf"), (Found{{Kind::whole, 1}, {Kind::half, 4}}));
  for (const std::size_t size : {64 * limits::KiB - 1, 64 * limits::KiB, 64 * limits::KiB + 1,
                                 limits::audit_line_bytes_max}) {
    EXPECT_EQ(kinds_and_sizes(std::string(size, 'x') + "\ny\n"),
              (Found{{Kind::whole, size}, {Kind::whole, 1}}));
  }
}

TEST_F(Reader, HoldsNoLineThatIsLongerThanAnyThatIsWritten) {
  const auto found = kinds_and_sizes(std::string(3 * limits::audit_line_bytes_max, 'x') + "\ny\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (std::pair{Kind::overlong, std::size_t{0}}));
  EXPECT_EQ(found[1], (std::pair{Kind::whole, std::size_t{1}}));
}

TEST_F(Reader, FindsALineByItsNumberInAMonth) {
  std::string text;
  std::vector<std::uint64_t> offsets;
  for (const std::string& line : chain(3'000)) {
    offsets.push_back(text.size());
    text += line + "\n";
  }
  const fs::path path = segment(text);
  for (const std::uint64_t seq : {1U, 2U, 700U, 1'499U, 1'500U, 2'999U, 3'000U}) {
    EXPECT_EQ(*offset_of(path, seq), offsets[seq - 1]) << seq;
  }
  EXPECT_EQ(*offset_of(path, 0), 0U);
  EXPECT_EQ(*offset_of(path, 3'001), text.size());
  EXPECT_EQ(*offset_of(segment(text + "half"), 3'001), text.size());
}

TEST_F(Reader, SaysWhereALineIsNone) {
  std::string text;
  for (const std::string& line : chain(10)) {
    text += line + "\n";
  }
  const auto found = offset_of(segment(text + "none\n"), 11);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.failure().code, "audit_damaged");
  EXPECT_EQ(SegmentReader::open(file("absent")).failure().code, "audit_unavailable");
}

}  // namespace
}  // namespace claimferry::audit
