// SegmentDisk: what segments of NDJSON want of the file system, a call a step, so that tests can
// make any step fail, or be a process's last. Failures are local: disk_full, sink_unavailable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "common/base/result.hpp"

namespace claimferry::claims {

// An open file, closed at its end; with it goes its lock.
class SegmentHandle {
 public:
  explicit SegmentHandle(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  SegmentHandle(SegmentHandle&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  SegmentHandle& operator=(SegmentHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~SegmentHandle() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

class SegmentDisk {
 public:
  virtual ~SegmentDisk() = default;

  // A new file, for its owner alone, locked by this process until it is closed.
  virtual Result<SegmentHandle> create(const std::filesystem::path& path);
  // A file of a process that has ended, locked; nothing where one lives that writes to it.
  virtual Result<std::optional<SegmentHandle>> adopt(const std::filesystem::path& path);
  virtual Result<SegmentHandle> open(const std::filesystem::path& path);  // to read
  // At the end.
  virtual Result<void> write(const SegmentHandle& file, std::string_view bytes);
  // What stands behind the offset goes; writing goes on there.
  virtual Result<void> cut(const SegmentHandle& file, std::uint64_t bytes);
  virtual Result<void> sync(const SegmentHandle& file);
  virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to);
  virtual Result<void> remove(const std::filesystem::path& path);  // where there is one
  virtual Result<void> sync_directory(const std::filesystem::path& path);

  Result<std::uint64_t> bytes_of(const SegmentHandle& file);
  // Up to `most` bytes from there on, into `buffer`; fewer only at the file's end.
  Result<std::size_t> read(const SegmentHandle& file, std::uint64_t from, char* buffer,
                           std::size_t most);
};

// Where the last whole line ends.
Result<std::uint64_t> end_of_last_line(SegmentDisk& disk, const SegmentHandle& file,
                                       std::uint64_t bytes);

}  // namespace claimferry::claims
