// SqliteExport: what the sink's file holds, written for others: a view as CSV (RFC 4180, a header,
// NULL as nothing and an empty text as ""), and current resources as FHIR NDJSON (one a line, their
// raw bytes without white space between). Reads one state of the file, whatever workers write
// meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

using ExportTold = std::function<void(std::uint64_t rows)>;

class SqliteExport {
 public:
  // permanent sink_schema: the file is not there, or of another release.
  static Result<SqliteExport> open(const std::filesystem::path& path);

  // What csv() takes: the views for analysts, and <table>_current of each table.
  static std::vector<std::string> views();
  // Both answer how many rows they wrote. local export_failed: the stream takes no more.
  Result<std::uint64_t> csv(const std::string& view, std::ostream& out, const ExportTold& tell);
  Result<std::uint64_t> fhir(const std::string& resource_type, std::ostream& out,
                             const ExportTold& tell);

 private:
  explicit SqliteExport(SqliteDatabase database) : database_(std::move(database)) {}

  SqliteDatabase database_;
};

}  // namespace claimferry::claims
