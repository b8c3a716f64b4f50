// SegmentFiles: the segments of one directory: which there are, their lines as one chain, and where
// it ends. Reads alone.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "common/audit/adapter/segment_reader.hpp"
#include "common/audit/segment.hpp"

namespace claimferry::audit {

// Oldest first; none where there is no directory.
Result<std::vector<Segment>> segments_in(const std::filesystem::path& directory);

// The records of several segments, one behind the other.
class ChainReader {
 public:
  // segments: of the directory, not empty; begins at `offset` of the first.
  ChainReader(std::filesystem::path directory, std::vector<Segment> segments, std::uint64_t offset)
      : directory_(std::move(directory)), segments_(std::move(segments)), offset_(offset) {}
  // Nothing at the end, which a half line is, too.
  Result<std::optional<Record>> next();

 private:
  std::filesystem::path directory_;
  std::vector<Segment> segments_;
  std::uint64_t offset_;
  std::size_t at_ = 0;
  std::optional<SegmentReader> reader_;
};

// The chain behind the line that Redis remembers; local/"audit_head_unknown" when the directory
// does not hold that line.
Result<ChainReader> chain_behind(const std::filesystem::path& directory,
                                 std::vector<Segment> segments, const Head& known);
// The last lines, about `count` of them.
Result<ChainReader> last_of_chain(const std::filesystem::path& directory,
                                  std::vector<Segment> segments, const Head& head,
                                  std::uint64_t count);

// How a segment ends.
struct Tail {
  std::optional<Record> last;  // nothing: it holds no whole line
  std::uint64_t whole_bytes;   // what stands behind is a half line
  std::uint64_t bytes;
};
Result<Tail> tail_of(const std::filesystem::path& segment);

}  // namespace claimferry::audit
