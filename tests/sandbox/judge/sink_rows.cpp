#include "tests/sandbox/judge/sink_rows.hpp"

#include <stdexcept>

#include <sqlite3.h>

namespace claimferry::sandbox {

SinkRows::SinkRows(sqlite3* database, const char* sql) {
  if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string("cannot read the sink: ") + sqlite3_errmsg(database));
  }
  for (int column = 0; column < sqlite3_column_count(statement_); ++column) {
    columns_.emplace(sqlite3_column_name(statement_, column), column);
  }
}

SinkRows::~SinkRows() {
  sqlite3_finalize(statement_);
}

bool SinkRows::next() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    throw std::runtime_error(std::string("cannot read the sink: ") + sqlite3_errstr(code));
  }
  return code == SQLITE_ROW;
}

std::string_view SinkRows::text(std::string_view name) const {
  const int column = columns_.find(name)->second;
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) {
    return {};
  }
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace claimferry::sandbox
