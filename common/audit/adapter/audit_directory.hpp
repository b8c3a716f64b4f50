// AuditDirectory: the audit on a disk. One step takes what waits in Redis: under an exclusive lock
// of the directory it removes segments that were kept for long enough, leaves out what stands there
// already (drain_plan.hpp decides), appends the rest, and answers when it is durable. It blocks;
// threads are its caller's business.
//
// It remembers nothing from step to step: the directory may be shared by schedulers on several
// hosts.
#pragma once

#include <filesystem>
#include <vector>

#include "common/audit/adapter/segment_files.hpp"
#include "common/audit/drain_plan.hpp"

namespace claimferry::audit {

class AuditDirectory {
 public:
  struct Options {
    std::filesystem::path path;
    std::chrono::days keep;
  };
  explicit AuditDirectory(Options options) : options_(std::move(options)) {}

  // now: this process's clock; segments go when Redis' agrees. Failures are local and have changed
  // nothing that a reader would miss: "audit_head_unknown" (not the directory that Redis knows),
  // "audit_damaged", "audit_locked", "audit_unavailable", "disk_full".
  Result<Drained> take(const Batch& batch, WallTime now) const;

 private:
  // How the chain ends, at one moment under the lock.
  struct End {
    std::vector<Segment> segments;  // none of them without a line
    std::optional<Record> last;
    Head head() const { return last ? last->head() : Head{}; }
  };
  std::filesystem::path path_of(const Segment& segment) const {
    return options_.path / segment.file_name();
  }
  Result<FileHandle> lock() const;
  Result<End> find_end() const;
  Result<void> remove_expired(End& end, WallTime redis_now, WallTime now) const;
  Result<DrainPlan> plan(const Batch& batch, const End& end) const;
  Result<Head> append(const End& end, const std::vector<Entry>& entries) const;
  Result<void> append_to(const Segment& segment, const std::string& lines) const;
  Result<void> sync_all(const End& end) const;
  Result<void> sync_directory() const;

  const Options options_;
};

}  // namespace claimferry::audit
