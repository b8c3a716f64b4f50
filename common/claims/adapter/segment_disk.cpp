#include "common/claims/adapter/segment_disk.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/limits.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

// By errno, right after the call.
Failure refused(const std::string& what) {
  const int error = errno;
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return {FailureKind::local, is_full ? "disk_full" : "sink_unavailable",
          "cannot " + what + " (" + std::generic_category().message(error) + "); " +
              (is_full ? "free some space"
                       : "check sink.path: it must be this user's directory, on a disk that is "
                         "there")};
}

// False: another file stands at the path by now, or none.
bool is_still_at(const SegmentHandle& file, const fs::path& path) {
  struct stat ours{};
  struct stat there{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool lock(const SegmentHandle& file) {
  return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<SegmentHandle> SegmentDisk::create(const fs::path& path) {
  SegmentHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    return refused("create " + path.string());
  }
  // Another that starts just now may take it for a dead process's, and away.
  if (!lock(file) || !is_still_at(file, path)) {
    return Failure{FailureKind::local, "sink_busy",
                   path.string() + " was taken by another process; it goes on by itself"};
  }
  return file;
}

Result<std::optional<SegmentHandle>> SegmentDisk::adopt(const fs::path& path) {
  SegmentHandle file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (file.get() < 0) {
    return errno == ENOENT ? Result<std::optional<SegmentHandle>>(std::nullopt)
                           : Result<std::optional<SegmentHandle>>(refused("open " + path.string()));
  }
  if (!lock(file) || !is_still_at(file, path)) {
    return std::optional<SegmentHandle>();
  }
  return std::optional<SegmentHandle>(std::move(file));
}

Result<SegmentHandle> SegmentDisk::open(const fs::path& path) {
  SegmentHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return refused("open " + path.string());
  }
  return file;
}

Result<void> SegmentDisk::write(const SegmentHandle& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return refused("write to a segment");
    }
    bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> SegmentDisk::cut(const SegmentHandle& file, std::uint64_t bytes) {
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) {
    return refused("cut a segment");
  }
  return {};
}

Result<void> SegmentDisk::sync(const SegmentHandle& file) {
  if (::fsync(file.get()) != 0) {
    return refused("sync a segment");
  }
  return {};
}

Result<void> SegmentDisk::rename(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return refused("rename " + from.string());
  }
  return {};
}

Result<void> SegmentDisk::remove(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return refused("remove " + path.string());
  }
  return {};
}

Result<void> SegmentDisk::sync_directory(const fs::path& path) {
  const SegmentHandle directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
    return refused("sync " + path.string());
  }
  return {};
}

Result<std::uint64_t> SegmentDisk::bytes_of(const SegmentHandle& file) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return refused("look at a segment");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> SegmentDisk::read(const SegmentHandle& file, std::uint64_t from, char* buffer,
                                      std::size_t most) {
  std::size_t got = 0;
  while (got < most) {
    const auto some = ::pread(file.get(), buffer + got, most - got, static_cast<off_t>(from + got));
    if (some < 0 && errno != EINTR) {
      return refused("read a segment");
    }
    if (some == 0) {
      break;
    }
    got += some < 0 ? 0 : static_cast<std::size_t>(some);
  }
  return got;
}

Result<std::uint64_t> end_of_last_line(SegmentDisk& disk, const SegmentHandle& file,
                                       std::uint64_t bytes) {
  std::vector<char> buffer(limits::segment_buffer_bytes);
  while (bytes > 0) {
    const std::size_t some = std::min<std::uint64_t>(bytes, buffer.size());
    const auto got = disk.read(file, bytes - some, buffer.data(), some);
    if (!got) {
      return got.failure();
    }
    const auto at = std::string_view(buffer.data(), *got).rfind('\n');
    if (at != std::string_view::npos) {
      return bytes - some + at + 1;
    }
    bytes -= some;
  }
  return bytes;
}

}  // namespace claimferry::claims
