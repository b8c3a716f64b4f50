// SqliteExport: what the sink's file holds, written for others, in the form of export_form.hpp.
// Reads one state of the file, whatever workers write meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>

#include "common/claims/adapter/export_form.hpp"
#include "common/claims/adapter/sqlite_database.hpp"

namespace claimferry::claims {

class SqliteExport {
 public:
  // permanent sink_schema: the file is not there, or of another release.
  static Result<SqliteExport> open(const std::filesystem::path& path);

  // Both answer how many rows they wrote. view: one of export_views().
  Result<std::uint64_t> csv(const std::string& view, std::ostream& out, const ExportTold& tell);
  Result<std::uint64_t> fhir(const std::string& resource_type, std::ostream& out,
                             const ExportTold& tell);

 private:
  explicit SqliteExport(SqliteDatabase database) : database_(std::move(database)) {}

  SqliteDatabase database_;
};

}  // namespace claimferry::claims
