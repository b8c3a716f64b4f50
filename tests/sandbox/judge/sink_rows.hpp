// SinkRows: the rows of one SELECT on a sink's SQLite file, for the judge alone.
#pragma once

#include <map>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace claimferry::sandbox {

class SinkRows {
 public:
  // Throws std::runtime_error when the sink cannot be read.
  SinkRows(sqlite3* database, const char* sql);
  SinkRows(const SinkRows&) = delete;
  SinkRows& operator=(const SinkRows&) = delete;
  ~SinkRows();

  bool next();
  // Of this row, until the next; empty for NULL. `name` is one that the SELECT has.
  std::string_view text(std::string_view name) const;
  bool has(std::string_view name) const { return columns_.contains(name); }

 private:
  sqlite3_stmt* statement_ = nullptr;
  std::map<std::string, int, std::less<>> columns_;
};

}  // namespace claimferry::sandbox
