#include "common/claims/adapter/segment_part.hpp"

#include <algorithm>

#include "common/base/limits.hpp"
#include "common/base/try.hpp"

namespace claimferry::claims {

std::filesystem::path SegmentPart::path(std::string_view ending) const {
  return directory_ / (name_ + std::string(ending));
}

// "20260301T093000.000Z-<random>": they sort by the time at which they were begun.
Result<void> SegmentPart::ensure() {
  if (cut_owed_) {
    CLAIMFERRY_TRY(disk_.cut(file_, flushed_bytes_));
    cut_owed_ = false;
  }
  if (!name_.empty()) {
    return {};
  }
  std::string time = format_exact_time(clock_.wall());
  std::erase_if(time, [](char byte) { return byte == '-' || byte == ':'; });
  constexpr unsigned tries_max = 3;
  auto file = try_create(time);
  for (unsigned tries = 1; tries < tries_max && !file && file.failure().code == "sink_busy";
       ++tries) {
    file = try_create(time);
  }
  if (!file) {
    name_.clear();
    return std::move(file.failure());
  }
  file_ = std::move(*file);
  name_is_durable_ = false;
  return {};
}

Result<SegmentHandle> SegmentPart::try_create(const std::string& time) {
  name_ = time + "-" + random_.hex(8);
  return disk_.create(path(part_ending));
}

Result<void> SegmentPart::append(std::string_view bytes) {
  if (bytes_ == 0) {
    born_ = clock_.steady();
  }
  if (buffer_.size() + bytes.size() > limits::segment_buffer_bytes) {
    CLAIMFERRY_TRY(flush());
  }
  bytes_ += bytes.size();
  if (bytes.size() > limits::segment_buffer_bytes) {
    // Where it fails in its midst, the file's end is nobody's.
    cut_owed_ = true;
    CLAIMFERRY_TRY(disk_.write(file_, bytes));
    cut_owed_ = false;
    flushed_bytes_ = bytes_;
    return {};
  }
  buffer_ += bytes;
  return {};
}

Result<void> SegmentPart::flush() {
  if (cut_owed_) {
    CLAIMFERRY_TRY(ensure());
  }
  if (buffer_.empty()) {
    return {};
  }
  cut_owed_ = true;
  CLAIMFERRY_TRY(disk_.write(file_, buffer_));
  cut_owed_ = false;
  flushed_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> SegmentPart::sync() {
  CLAIMFERRY_TRY(flush());
  CLAIMFERRY_TRY(disk_.sync(file_));
  if (!name_is_durable_) {
    CLAIMFERRY_TRY(disk_.sync_directory(directory_));
    name_is_durable_ = true;
  }
  synced_bytes_ = bytes_;
  return {};
}

Result<void> SegmentPart::cut(std::uint64_t bytes) {
  if (name_.empty() || (bytes == bytes_ && !cut_owed_)) {
    return {};
  }
  bytes_ = bytes;
  synced_bytes_ = std::min(synced_bytes_, bytes);
  if (bytes >= flushed_bytes_) {
    buffer_.resize(bytes - flushed_bytes_);
  } else {
    buffer_.clear();
    flushed_bytes_ = bytes;
    cut_owed_ = true;
  }
  return ensure();
}

Result<void> SegmentPart::finish() {
  if (name_.empty() || bytes_ == 0) {
    return {};
  }
  CLAIMFERRY_TRY(flush());
  if (synced_bytes_ < bytes_) {
    CLAIMFERRY_TRY(disk_.sync(file_));
  }
  CLAIMFERRY_TRY(disk_.rename(path(part_ending), path(segment_ending)));
  name_.clear();
  file_ = SegmentHandle();
  bytes_ = flushed_bytes_ = synced_bytes_ = 0;
  return disk_.sync_directory(directory_);
}

void SegmentPart::leave() {
  if (name_.empty()) {
    return;
  }
  // Where it fails, whoever starts next finishes it.
  if (bytes_ == 0) {
    static_cast<void>(disk_.remove(path(part_ending)));
  } else {
    static_cast<void>(finish());
  }
}

Duration SegmentPart::age() const {
  return std::chrono::duration_cast<Duration>(clock_.steady() - born_);
}

}  // namespace claimferry::claims
