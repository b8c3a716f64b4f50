// Looks at what this host's disk holds of us: the sink's SQLite file or directory of segments, and
// the audit's directory. Opens to read alone, makes nothing and changes nothing.
#pragma once

#include <filesystem>

#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

// sink.kind sqlite: whether a worker would take the file, or could make it.
Finding of_sqlite_file(const std::filesystem::path& file);
// sink.kind ndjson: likewise of its directory, and of the state.db in it.
Finding of_segments(const std::filesystem::path& directory);
// audit.path, which a scheduler makes with all folders above it.
Finding of_audit_directory(const std::filesystem::path& directory);

}  // namespace claimferry::ctl
