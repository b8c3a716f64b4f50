// FileHandle: an open file or directory of the audit, closed at its end; what a system call would
// not do, as a failure that names the file.
#pragma once

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "common/base/result.hpp"

namespace claimferry::audit {

class FileHandle {
 public:
  explicit FileHandle(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

// By errno, right after the call. `verb`: "open", "write", …
inline Failure refused_by_system(const std::filesystem::path& path, const char* verb) {
  const int error = errno;
  return {FailureKind::local, error == ENOSPC ? "disk_full" : "audit_unavailable",
          "cannot " + std::string(verb) + " " + path.string() + " (" +
              std::generic_category().message(error) +
              "); it must be this user's, on a disk with room"};
}

}  // namespace claimferry::audit
