#include "common/audit/adapter/audit_directory.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/assert.hpp"

namespace claimferry::audit {
namespace {

namespace fs = std::filesystem;

// Lines at the end among which a Redis without a head may have left some of what waits: a step's
// are a hundred.
constexpr std::uint64_t looked_back = 1'000;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return true;
}

}  // namespace

Result<FileHandle> AuditDirectory::lock() const {
  std::error_code ec;
  fs::create_directories(options_.path.parent_path(), ec);
  if (::mkdir(options_.path.c_str(), 0700) != 0 && errno != EEXIST) {
    return refused_by_system(options_.path, "make");
  }
  const fs::path path = options_.path / "lock";
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) {
    return refused_by_system(path, "open");
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Failure{FailureKind::local, "audit_locked",
                   "another process writes to " + options_.path.string() + "; tried again soon"};
  }
  return file;
}

// What a crash left is put right: a half line is cut off, a segment without a line goes.
Result<AuditDirectory::End> AuditDirectory::find_end() const {
  auto segments = segments_in(options_.path);
  if (!segments) {
    return std::move(segments.failure());
  }
  End end{std::move(*segments), std::nullopt};
  while (!end.segments.empty() && !end.last) {
    const fs::path path = path_of(end.segments.back());
    auto tail = tail_of(path);
    if (!tail) {
      return std::move(tail.failure());
    }
    end.last = std::move(tail->last);
    const bool is_bare = tail->whole_bytes == 0;
    if (tail->whole_bytes < tail->bytes && !is_bare &&
        ::truncate(path.c_str(), static_cast<off_t>(tail->whole_bytes)) != 0) {
      return refused_by_system(path, "cut");
    }
    if (is_bare && ::unlink(path.c_str()) != 0) {
      return refused_by_system(path, "remove");
    }
    if (is_bare) {
      end.segments.pop_back();
    }
  }
  return end;
}

// The line that says so is durable before the segments go; a crash between the two leaves it the
// last one, and they go now.
Result<void> AuditDirectory::remove_expired(End& end, WallTime redis_now, WallTime now) const {
  if (!end.last) {
    return {};
  }
  // A clock that runs ahead takes nothing away, be it ours or Redis'.
  const WallTime sure = std::min({now, redis_now, end.last->entry.at});
  auto kept = end.segments.begin();
  while (std::next(kept) != end.segments.end() && kept->has_expired(sure, options_.keep)) {
    ++kept;
  }
  if (kept == end.segments.begin()) {
    return {};
  }
  const Segment last_removed = *std::prev(kept);
  const auto said = removal_of(end.last->entry);
  if (!said || said->last_removed != last_removed) {
    const auto tail = tail_of(path_of(last_removed));
    if (!tail) {
      return tail.failure();
    }
    CLAIMFERRY_ASSERT(tail->last.has_value());
    const Entry entry = removal(last_removed, tail->last->head(), redis_now);
    const auto head = append(end, {entry});
    if (!head) {
      return head.failure();
    }
    end.last = Record{head->seq, entry, end.last->hash, head->hash};
  }
  for (auto old = end.segments.begin(); old != kept; ++old) {
    if (::unlink(path_of(*old).c_str()) != 0) {
      return refused_by_system(path_of(*old), "remove");
    }
  }
  end.segments.erase(end.segments.begin(), kept);
  return sync_directory();
}

Result<DrainPlan> AuditDirectory::plan(const Batch& batch, const End& end) const {
  const Head head = end.head();
  std::optional<Result<ChainReader>> chain;
  if (!batch.known) {
    chain = last_of_chain(options_.path, end.segments, head, looked_back);
  } else if (*batch.known != head) {
    chain = chain_behind(options_.path, end.segments, *batch.known);
  }
  if (chain && !*chain) {
    return std::move(chain->failure());
  }
  std::optional<Failure> failed;
  auto plan = plan_drain(batch, [&chain, &failed]() -> std::optional<Record> {
    if (!chain || failed) {
      return std::nullopt;
    }
    auto record = (**chain).next();
    if (!record) {
      failed = std::move(record.failure());
      return std::nullopt;
    }
    return std::move(*record);
  });
  if (failed) {
    return std::move(*failed);
  }
  return plan;
}

Result<Drained> AuditDirectory::take(const Batch& batch, WallTime now) const {
  const auto locked = lock();
  if (!locked) {
    return locked.failure();
  }
  auto end = find_end();
  if (!end) {
    return std::move(end.failure());
  }
  auto planned = plan(batch, *end);
  if (!planned) {
    return std::move(planned.failure());
  }
  if (planned->known) {
    // Whoever wrote it may have died before it was durable.
    const auto synced = sync_all(*end);
    return synced ? Result<Drained>(std::move(*planned->known)) : synced.failure();
  }
  if (auto removed = remove_expired(*end, batch.at, now); !removed) {
    return std::move(removed.failure());
  }
  auto head = append(*end, planned->append);
  if (!head) {
    return std::move(head.failure());
  }
  Drained drained{std::move(*head), {}, batch.lost, planned->append.size()};
  for (const Entry& entry : batch.entries) {
    drained.ids.push_back(entry.id);
  }
  return drained;
}

// Lines never go back into an earlier segment, wherever a clock was set: the chain goes through the
// segments in their order.
Result<Head> AuditDirectory::append(const End& end, const std::vector<Entry>& entries) const {
  Head head = end.head();
  Segment segment = end.segments.empty() ? Segment{std::chrono::year(1) / 1} : end.segments.back();
  std::string lines;
  for (const Entry& entry : entries) {
    const Segment of_entry = std::max(segment, Segment::of(entry.at));
    if (of_entry != segment && !lines.empty()) {
      if (auto appended = append_to(segment, lines); !appended) {
        return std::move(appended.failure());
      }
      lines.clear();
    }
    segment = of_entry;
    const std::string line = line_after(head, entry);
    const auto record = parse_line(line);
    CLAIMFERRY_ASSERT(record.has_value());  // what could not be read again must not be written
    head = record->head();
    lines += line + '\n';
  }
  if (!lines.empty()) {
    if (auto appended = append_to(segment, lines); !appended) {
      return std::move(appended.failure());
    }
  }
  return head;
}

Result<void> AuditDirectory::append_to(const Segment& segment, const std::string& lines) const {
  const fs::path path = path_of(segment);
  const FileHandle file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat before{};
  if (!file.is_open() || ::fstat(file.get(), &before) != 0) {
    return refused_by_system(path, "open");
  }
  // What may not be durable must not stand there: it would be taken for what is.
  if (!write_all(file.get(), lines) || ::fsync(file.get()) != 0) {
    Failure failure = refused_by_system(path, "write");
    return ::ftruncate(file.get(), before.st_size) == 0 ? failure : refused_by_system(path, "cut");
  }
  return before.st_size == 0 ? sync_directory() : Result<void>();
}

Result<void> AuditDirectory::sync_all(const End& end) const {
  for (const Segment& segment : end.segments) {
    const fs::path path = path_of(segment);
    const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
      return refused_by_system(path, "write");
    }
  }
  return sync_directory();
}

Result<void> AuditDirectory::sync_directory() const {
  const FileHandle directory(::open(options_.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || ::fsync(directory.get()) != 0) {
    return refused_by_system(options_.path, "write");
  }
  return {};
}

}  // namespace claimferry::audit
