// SegmentReader: the lines of one segment from some offset on, a buffer at a time, and the offset
// at which a line of the chain stands. What a line means is the domain's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/audit/adapter/file_handle.hpp"
#include "common/audit/record.hpp"

namespace claimferry::audit {

class SegmentReader {
 public:
  struct Line {
    enum class Kind { whole, half, overlong };  // half: the file ends in it
    std::string text;                           // without the line break; of an overlong one, none
    std::uint64_t offset;
    Kind kind = Kind::whole;
  };

  static Result<SegmentReader> open(std::filesystem::path path, std::uint64_t offset = 0);
  // Nothing at the end of the file.
  Result<std::optional<Line>> next();
  const std::filesystem::path& path() const noexcept { return path_; }
  // Of the next line.
  std::uint64_t offset() const noexcept { return at_; }

 private:
  SegmentReader(std::filesystem::path path, FileHandle file, std::uint64_t offset)
      : path_(std::move(path)), file_(std::move(file)), at_(offset) {}
  Result<bool> fill();

  std::filesystem::path path_;
  FileHandle file_;
  std::uint64_t at_;    // of buffer_[from_]
  std::string buffer_;  // read, not yet answered
  std::size_t from_ = 0;
};

// A whole line as a record; local/"audit_damaged" names the place.
Result<Record> record_of(const SegmentReader& reader, const SegmentReader::Line& line);
// Where the first line stands whose number in the chain is at least `seq`; the end of the whole
// lines when all are smaller. By bisection: a segment is a month long.
Result<std::uint64_t> offset_of(const std::filesystem::path& path, std::uint64_t seq);

}  // namespace claimferry::audit
