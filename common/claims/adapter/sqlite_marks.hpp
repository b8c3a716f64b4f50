// What a SQLite file of ours says of itself, read without changing a byte of it or of what stands
// beside it: for who looks at a sink that is not theirs to open.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace claimferry::claims {

struct SqliteMarks {
  bool is_empty = false;  // without a table: whoever opens it makes ours
  std::string schema;     // the version, of SqliteStore or NdjsonStore
  std::string kind;       // "ndjson"; empty: tables of claims
  bool is_of_other_host = false;
};

// permanent sink_schema, in SQLite's words: it is no database, or has no table of such marks.
Result<SqliteMarks> read_sqlite_marks(const std::filesystem::path& file);

}  // namespace claimferry::claims
