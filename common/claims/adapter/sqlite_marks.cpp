#include "common/claims/adapter/sqlite_marks.hpp"

#include <fstream>
#include <memory>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "common/base/digest.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

constexpr int busy_ms = 2'000;

struct Closer {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

Failure refused(sqlite3* handle) {
  return {FailureKind::permanent, "sink_schema", sqlite3_errmsg(handle)};
}

// As sqlite_opening.cpp says which host wrote a file.
std::string host_id() {
  std::ifstream file("/etc/machine-id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "" : to_hex(sha256("claimferry " + id)).substr(0, 32);
}

// SQLite, "Uniform Resource Identifiers": what ends a path is written as %XX.
std::string uri_of(const fs::path& file, std::string_view how) {
  std::string uri = "file:";
  for (const char c : fs::absolute(file).string()) {
    switch (c) {
      case '%':
        uri += "%25";
        break;
      case '?':
        uri += "%3f";
        break;
      case '#':
        uri += "%23";
        break;
      default:
        uri += c;
    }
  }
  return uri.append("?").append(how);
}

// The first column of the first row; empty where there is none.
Result<std::string> ask(sqlite3* handle, const char* sql) {
  sqlite3_stmt* prepared = nullptr;
  const int status = sqlite3_prepare_v2(handle, sql, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Closer> statement(prepared);
  const int stepped = status == SQLITE_OK ? sqlite3_step(prepared) : status;
  if (stepped != SQLITE_ROW && stepped != SQLITE_DONE) {
    return refused(handle);
  }
  const auto* text = stepped == SQLITE_ROW ? sqlite3_column_text(prepared, 0) : nullptr;
  return std::string(text == nullptr ? "" : reinterpret_cast<const char*>(text));
}

Result<SqliteMarks> read(const fs::path& file, std::string_view how) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  const int status = sqlite3_open_v2(uri_of(file, how).c_str(), &opened, flags, nullptr);
  const std::unique_ptr<sqlite3, Closer> handle(opened);
  if (status != SQLITE_OK) {
    return refused(opened);
  }
  sqlite3_busy_timeout(opened, busy_ms);
  const auto tables = ask(opened, "SELECT count(*) FROM sqlite_schema");
  if (!tables) {
    return tables.failure();
  }
  SqliteMarks marks;
  marks.is_empty = *tables == "0";
  if (marks.is_empty) {
    return marks;
  }
  std::string host;
  for (const auto& [mark, sql] :
       {std::pair{&marks.schema, "SELECT value FROM meta WHERE key = 'schema'"},
        std::pair{&marks.kind, "SELECT value FROM meta WHERE key = 'kind'"},
        std::pair{&host, "SELECT value FROM meta WHERE key = 'host'"}}) {
    auto value = ask(opened, sql);
    if (!value) {
      return std::move(value.failure());
    }
    *mark = std::move(*value);
  }
  const std::string ours = host_id();
  marks.is_of_other_host = !host.empty() && !ours.empty() && host != ours;
  return marks;
}

}  // namespace

// Where no log stands beside it, the file is all there is, and SQLite is kept from making the log's
// files; of a writer that begins one meanwhile it is read again with the log.
Result<SqliteMarks> read_sqlite_marks(const fs::path& file) {
  const fs::path log = file.string() + "-wal";
  const auto has_log = [&log] {
    std::error_code error;
    const auto bytes = fs::file_size(log, error);
    return !error && bytes > 0;
  };
  if (!has_log()) {
    auto marks = read(file, "immutable=1");
    if (marks || !has_log()) {
      return marks;
    }
  }
  return read(file, "mode=ro");
}

}  // namespace claimferry::claims
