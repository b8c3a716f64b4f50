#include "common/audit/adapter/verify_files.hpp"

#include "common/audit/adapter/segment_files.hpp"

namespace claimferry::audit {
namespace {

using Kind = SegmentReader::Line::Kind;

Result<void> verify_segment(SegmentReader reader, bool is_last, Verifier& verifier) {
  while (true) {
    const auto line = reader.next();
    if (!line) {
      return line.failure();
    }
    if (!*line || ((*line)->kind == Kind::half && is_last)) {
      return {};
    }
    if ((*line)->kind == Kind::whole) {
      verifier.line((*line)->text);
    } else {
      verifier.unreadable_line();
    }
  }
}

}  // namespace

Result<VerifyReport> verify_files(const std::filesystem::path& directory,
                                  std::optional<Head> redis) {
  const auto segments = segments_in(directory);
  if (!segments) {
    return segments.failure();
  }
  Verifier verifier(std::move(redis));
  for (const Segment& segment : *segments) {
    auto reader = SegmentReader::open(directory / segment.file_name());
    if (!reader) {
      return std::move(reader.failure());
    }
    verifier.begin_segment(segment.file_name());
    const auto read = verify_segment(std::move(*reader), segment == segments->back(), verifier);
    if (!read) {
      return read.failure();
    }
  }
  return verifier.finish();
}

}  // namespace claimferry::audit
