#include "common/claims/adapter/sqlite_export.hpp"

#include <algorithm>

namespace claimferry::claims {
namespace {

constexpr std::chrono::milliseconds busy_wait{5'000};

using Cells = std::vector<std::optional<std::string>>;

// Which columns of a statement are the file's, and which of them are amounts to write plain.
struct Columns {
  std::vector<std::string> names;
  std::vector<int> places;
  std::vector<bool> plain;
};

Columns columns_of(const SqliteStatement& ask, const ExportView& view) {
  std::vector<std::string> all;
  for (int column = 0; column < ask.columns(); ++column) {
    all.emplace_back(ask.name_of(column));
  }
  Columns kept;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (is_exported(all[at], all)) {
      kept.names.push_back(all[at]);
      kept.places.push_back(static_cast<int>(at));
      kept.plain.push_back(view.plain_amounts &&
                           std::ranges::find(all, all[at] + "_e4") != all.end());
    }
  }
  return kept;
}

Cells cells_of(const SqliteStatement& row, const Columns& columns) {
  Cells cells;
  for (std::size_t at = 0; at < columns.places.size(); ++at) {
    const int place = columns.places[at];
    if (row.null_at(place)) {
      cells.emplace_back();
    } else {
      const std::string text = row.text_at(place);
      cells.emplace_back(columns.plain[at] ? plain_decimal(text) : text);
    }
  }
  return cells;
}

std::string in_order(const ExportView& view) {
  std::string sql = "SELECT * FROM " + view.name + " ORDER BY ";
  for (const std::string& column : view.order) {
    sql += (&column == view.order.data() ? "" : ", ") + column;
  }
  return sql;
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

Result<std::uint64_t> SqliteExport::csv(const std::string& view, std::ostream& out,
                                        const ExportTold& tell) {
  const ExportView& form = export_view(view);
  SqliteStatement ask(database_, in_order(form));
  const Columns columns = columns_of(ask, form);
  CsvWriter file(out, form);
  file.header(columns.names);
  for (std::uint64_t rows = 0;; ++rows) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!*row) {
      file.finish();
    }
    if (!out) {
      return export_stream_failed();
    }
    if (!*row) {
      return rows;
    }
    file.row(cells_of(ask, columns));
    tell(rows + 1);
  }
}

Result<std::uint64_t> SqliteExport::fhir(const std::string& resource_type, std::ostream& out,
                                         const ExportTold& tell) {
  SqliteStatement ask(database_,
                      "SELECT raw FROM resource_current WHERE resource_type = ? "
                      "ORDER BY payer, member, resource_id");
  ask.text(resource_type);
  for (std::uint64_t rows = 0;; ++rows) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!out) {
      return export_stream_failed();
    }
    if (!*row) {
      return rows;
    }
    if (auto written = write_resource(ask.text_at(0), out); !written) {
      return std::move(written.failure());
    }
    tell(rows + 1);
  }
}

}  // namespace claimferry::claims
