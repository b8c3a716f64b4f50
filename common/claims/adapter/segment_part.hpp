// SegmentPart: the segment that this process writes: a file *.part, locked, which nobody reads.
// finish() makes it a segment: *.ndjson, whole and durable, with one step that readers see.
#pragma once

#include <string>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "common/claims/adapter/segment_disk.hpp"

namespace claimferry::claims {

inline constexpr std::string_view part_ending = ".part";
inline constexpr std::string_view segment_ending = ".ndjson";

class SegmentPart {
 public:
  // All of them outlive it.
  SegmentPart(std::filesystem::path directory, SegmentDisk& disk, const Clock& clock)
      : directory_(std::move(directory)), disk_(disk), clock_(clock) {}

  // Makes the file where there is none. Fails, too, while bytes that were to be cut are still
  // there.
  Result<void> ensure();
  Result<void> append(std::string_view bytes);
  // Makes the lines durable, and at first the file's name.
  Result<void> sync();
  // Hands all bytes to the system: what a killed process does not lose.
  Result<void> flush();
  // Takes back what was appended behind the offset. What cannot be done now is done by ensure().
  Result<void> cut(std::uint64_t bytes);
  // Without any line nothing is done.
  Result<void> finish();
  // At the process's end: finished, or removed where it has no line.
  void leave();

  // Of lines appended so far, whether flushed or not.
  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t synced_bytes() const noexcept { return synced_bytes_; }
  // Without an ending; empty: there is none yet.
  const std::string& name() const noexcept { return name_; }
  Duration age() const;  // of its first line

 private:
  std::filesystem::path path(std::string_view ending) const;
  Result<SegmentHandle> try_create(const std::string& time);

  const std::filesystem::path directory_;
  SegmentDisk& disk_;
  const Clock& clock_;
  SystemRandom random_;

  std::string name_;
  SegmentHandle file_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  std::uint64_t flushed_bytes_ = 0;  // what the file has, unless cut_owed_
  std::uint64_t synced_bytes_ = 0;
  bool name_is_durable_ = false;
  bool cut_owed_ = false;  // the file has more bytes than flushed_bytes_
  SteadyTime born_;
};

}  // namespace claimferry::claims
