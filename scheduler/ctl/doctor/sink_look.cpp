#include "scheduler/ctl/doctor/sink_look.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/result.hpp"
#include "common/claims/adapter/sqlite_marks.hpp"

namespace claimferry::ctl {
namespace {

namespace fs = std::filesystem;

// Those of SqliteStore and NdjsonStore, which keep them to themselves: a test holds each to what a
// fresh store writes.
constexpr std::string_view tables_schema = "3";
constexpr std::array<std::string_view, 2> tables_brought_forward = {"1", "2"};
constexpr std::string_view segments_schema = "1";

std::string reason() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): no thread of ours runs
}

bool may(const fs::path& path, int access) {
  return ::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) == 0;
}

fs::path folder_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? "." : parent;
}

// Nothing: files can be made in it.
std::optional<Finding> of_folder(const std::string& link, const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) {
    return bad(link, "the folder " + folder.string() + " is missing",
               "make it, for the user that workers run as: mkdir -m 700 " + folder.string());
  }
  if (!fs::is_directory(folder, error)) {
    return bad(link, folder.string() + " is no folder", "name another place in sink.path");
  }
  if (!may(folder, W_OK | X_OK)) {
    return bad(link, folder.string() + " cannot be written to by this user: " + reason(),
               "change its owner to the user that workers run as, or mount it to be written");
  }
  return std::nullopt;
}

// Nothing: it is a file that this user can read and write.
std::optional<Finding> of_file(const std::string& link, const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return bad(link, file.string() + " is no file", "name another one in sink.path");
  }
  if (!may(file, R_OK | W_OK)) {
    return bad(link, file.string() + " cannot be written to by this user: " + reason(),
               "change its owner to the user that workers run as");
  }
  return std::nullopt;
}

std::optional<Finding> of_host(const std::string& link, const fs::path& file,
                               const claims::SqliteMarks& marks) {
  if (!marks.is_of_other_host) {
    return std::nullopt;
  }
  return bad(link, file.string() + " was written on another host, and SQLite serves one",
             "use a local file of this host; if it was moved here for good: sqlite3 " +
                 file.string() + " \"DELETE FROM meta WHERE key = 'host'\"");
}

struct Wanted {
  std::string_view schema;
  std::string_view kind;
  std::string_view what;  // of sink.path
};

// Nothing: an empty file, or one of this release. Older ones that a worker brings forward are the
// caller's to judge before.
std::optional<Finding> of_marks(const std::string& link, const fs::path& file,
                                const Result<claims::SqliteMarks>& marks, const Wanted& wanted) {
  const std::string another = "name another " + std::string(wanted.what) + " in sink.path";
  if (!marks) {
    return bad(link, file.string() + " is no database of claimferry's: " + marks.failure().detail,
               another + ", or put a backup of it back");
  }
  if (marks->is_empty) {
    return std::nullopt;
  }
  if (marks->kind != wanted.kind) {
    return bad(link, file.string() + " is of a sink of another kind", another + ", or sink.kind");
  }
  if (marks->schema != wanted.schema) {
    return bad(link,
               file.string() + " is of schema version " +
                   (marks->schema.empty() ? "none" : marks->schema) + ", this release's is " +
                   std::string(wanted.schema),
               "run the release that wrote it, or " + another);
  }
  return of_host(link, file, *marks);
}

}  // namespace

Finding of_sqlite_file(const fs::path& file) {
  const std::string link = "database";
  const fs::path folder = folder_of(file);
  if (auto trouble = of_folder(link, folder)) {
    return *std::move(trouble);
  }
  std::error_code error;
  if (!fs::exists(file, error)) {
    return good(link, file.string() + " is not there yet; a worker can make it");
  }
  if (auto trouble = of_file(link, file)) {
    return *std::move(trouble);
  }
  const auto marks = claims::read_sqlite_marks(file);
  const bool is_older =
      marks && marks->kind.empty() &&
      std::ranges::find(tables_brought_forward, std::string_view(marks->schema)) !=
          tables_brought_forward.end();
  if (is_older) {
    if (auto trouble = of_host(link, file, *marks)) {
      return *std::move(trouble);
    }
    return good(link, file.string() + " is of schema version " + marks->schema +
                          "; a worker of this release brings it forward");
  }
  if (auto trouble = of_marks(link, file, marks, {tables_schema, "", "file"})) {
    return *std::move(trouble);
  }
  return good(link, file.string() + (marks->is_empty ? " is empty; a worker can make its tables"
                                                     : " is of this release's schema, and its "
                                                       "folder can be written to"));
}

Finding of_segments(const fs::path& directory) {
  const std::string link = "segments";
  std::error_code error;
  if (!fs::exists(directory, error)) {
    if (auto trouble = of_folder(link, folder_of(directory))) {
      return *std::move(trouble);
    }
    return good(link, directory.string() + " is not there yet; a worker can make it");
  }
  if (auto trouble = of_folder(link, directory)) {
    return *std::move(trouble);
  }
  const fs::path state = directory / "state.db";
  if (!fs::exists(state, error)) {
    return good(link, directory.string() + " can be written to; a worker makes its state.db");
  }
  if (auto trouble = of_file(link, state)) {
    return *std::move(trouble);
  }
  if (auto trouble = of_marks(link, state, claims::read_sqlite_marks(state),
                              {segments_schema, "ndjson", "directory"})) {
    return *std::move(trouble);
  }
  return good(link, directory.string() +
                        " can be written to, and its state.db is of this release's schema");
}

Finding of_audit_directory(const fs::path& directory) {
  const std::string link = "audit";
  std::error_code error;
  fs::path there = fs::absolute(directory);
  while (!fs::exists(there, error) && there.has_relative_path()) {
    there = there.parent_path();
  }
  const bool is_made = there == fs::absolute(directory);
  if (!fs::is_directory(there, error)) {
    return bad(
        link,
        directory.string() +
            (is_made ? " is no folder" : " cannot be made: " + there.string() + " is no folder"),
        "name another directory in audit.path: without one the audit stays in Redis");
  }
  if (!may(there, W_OK | X_OK)) {
    return doubtful(link,
                    directory.string() + " cannot be " + (is_made ? "written to" : "made") +
                        " by this user: " + there.string() + ": " + reason(),
                    "a scheduler's user must be able to, else the audit stays in Redis: change the "
                    "owner, or mount it there; no other program writes to it");
  }
  return good(link, directory.string() +
                        (is_made ? " can be written to" : " is not there yet, and can be made"));
}

}  // namespace claimferry::ctl
