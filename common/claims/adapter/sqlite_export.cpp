#include "common/claims/adapter/sqlite_export.hpp"

#include <simdjson.h>

#include "common/claims/tables/table.hpp"
#include "common/claims/tables/views.hpp"

namespace claimferry::claims {
namespace {

constexpr std::chrono::milliseconds busy_wait{5'000};

std::string quoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + '"';
}

Failure stream_failed() {
  return {FailureKind::local, "export_failed",
          "the file takes no more: free some space, and begin again"};
}

}  // namespace

Result<SqliteExport> SqliteExport::open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    return Failure{FailureKind::permanent, "sink_schema",
                   path.string() + " is not there; sink.path names the file that workers write"};
  }
  auto database = SqliteDatabase::open(path, busy_wait);
  if (!database) {
    return std::move(database.failure());
  }
  // One state of the file for all that is written.
  if (auto begun = database->execute("PRAGMA query_only = ON; BEGIN"); !begun) {
    return std::move(begun.failure());
  }
  SqliteStatement ask(*database, "SELECT count(*) FROM claim_net");
  if (auto known = ask.step(); !known) {
    return std::move(known.failure());
  }
  return SqliteExport(std::move(*database));
}

std::vector<std::string> SqliteExport::views() {
  std::vector<std::string> all = view_names();
  for (const Table& table : tables()) {
    all.push_back(table.name + "_current");
  }
  all.emplace_back("extension_kv_current");
  return all;
}

Result<std::uint64_t> SqliteExport::csv(const std::string& view, std::ostream& out,
                                        const ExportTold& tell) {
  SqliteStatement ask(database_, "SELECT * FROM " + view);
  for (int column = 0; column < ask.columns(); ++column) {
    out << (column == 0 ? "" : ",") << ask.name_of(column);
  }
  out << "\r\n";
  for (std::uint64_t rows = 0;; ++rows) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!out) {
      return stream_failed();
    }
    if (!*row) {
      return rows;
    }
    for (int column = 0; column < ask.columns(); ++column) {
      out << (column == 0 ? "" : ",")
          << (ask.null_at(column) ? std::string() : quoted(ask.text_at(column)));
    }
    out << "\r\n";
    tell(rows + 1);
  }
}

Result<std::uint64_t> SqliteExport::fhir(const std::string& resource_type, std::ostream& out,
                                         const ExportTold& tell) {
  SqliteStatement ask(database_, "SELECT raw FROM resource_current WHERE resource_type = ?");
  ask.text(resource_type);
  std::string line;
  for (std::uint64_t rows = 0;; ++rows) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!out) {
      return stream_failed();
    }
    if (!*row) {
      return rows;
    }
    const std::string raw = ask.text_at(0);
    line.resize(raw.size());
    std::size_t size = 0;
    if (simdjson::minify(raw.data(), raw.size(), line.data(), size)) {
      return Failure{FailureKind::permanent, "raw_not_json",
                     "raw bytes in resource_version are no JSON: the file is damaged, restore it"};
    }
    out.write(line.data(), static_cast<std::streamsize>(size)) << '\n';
    tell(rows + 1);
  }
}

}  // namespace claimferry::claims
