#include "common/claims/adapter/postgres_export.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"
#include "common/base/limits.hpp"
#include "common/claims/adapter/postgres_failure.hpp"

namespace claimferry::claims {
namespace {

using postgres::Answer;
using postgres::Array;
using postgres::Call;
using postgres::Element;

constexpr Duration connect_deadline = std::chrono::seconds(30);
// Of one step: the first of a view sorts all of it.
constexpr Duration step_deadline = std::chrono::hours(6);
constexpr std::size_t rows_first = 50;

constexpr std::string_view openings[] = {
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'", "SET LOCAL statement_timeout = 0",
    // All of it will be read.
    "SET LOCAL cursor_tuple_fraction = 1"};
constexpr std::string_view columns_sql =
    "SELECT attname, atttypid::regtype::text FROM pg_attribute WHERE attrelid = "
    "$1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
constexpr std::string_view raw_sql =
    "SELECT encode(r.raw, 'hex') FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) "
    "WITH ORDINALITY AS wanted (payer, member, id, version, n) JOIN resource_version r ON "
    "r.payer = wanted.payer AND r.member = wanted.member AND r.resource_type = $1 AND "
    "r.resource_id = wanted.id AND r.version = wanted.version ORDER BY wanted.n";

// A column as the file has it.
std::string expression_of(std::string_view name, std::string_view type) {
  const std::string column(name);
  if (type == "boolean") {
    return column + "::int";
  }
  if (type == "timestamp with time zone") {
    return "to_char(" + column + R"( AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))";
  }
  return column;
}

struct Selection {
  std::vector<std::string> columns;
  std::string sql;
};

Selection selection_of(const ExportView& view, const Answer& known) {
  std::vector<std::string> all;
  for (std::size_t row = 0; row < known.rows(); ++row) {
    all.emplace_back(known.text(row, 0));
  }
  Selection made;
  std::string order;
  for (std::size_t row = 0; row < known.rows(); ++row) {
    if (is_exported(all[row], all)) {
      made.sql +=
          (made.sql.empty() ? "SELECT " : ", ") + expression_of(all[row], known.text(row, 1));
      made.columns.push_back(all[row]);
    }
  }
  for (const std::string& column : view.order) {
    const auto at = static_cast<std::size_t>(std::ranges::find(all, column) - all.begin());
    order += (order.empty() ? " ORDER BY v." : ", v.") + column;
    order += at < all.size() && known.text(at, 1) == "text" ? " COLLATE \"C\"" : "";
  }
  made.sql += " FROM " + view.name + " AS v" + order;
  return made;
}

std::size_t bytes_of(const Answer& answer) {
  std::size_t bytes = 0;
  for (std::size_t row = 0; row < answer.rows(); ++row) {
    for (std::size_t column = 0; column < answer.columns(); ++column) {
      bytes += answer.text(row, column).size();
    }
  }
  return bytes;
}

// How many to ask for next, by how large these were.
std::size_t rows_after(const Answer& answer) {
  const std::size_t each = bytes_of(answer) / std::max<std::size_t>(answer.rows(), 1) + 1;
  return std::clamp<std::size_t>(limits::export_bytes_max / 2 / each, 1, limits::export_rows_max);
}

std::vector<std::optional<std::string>> cells_of(const Answer& answer, std::size_t row) {
  std::vector<std::optional<std::string>> cells;
  for (std::size_t column = 0; column < answer.columns(); ++column) {
    cells.push_back(answer.is_null(row, column)
                        ? std::nullopt
                        : std::optional(std::string(answer.text(row, column))));
  }
  return cells;
}

// Where the resources end whose bytes may be held together; columns: … , version, bytes.
std::size_t end_of_part(const Answer& keys, std::size_t begin) {
  std::size_t bytes = 0;
  std::size_t row = begin;
  do {
    bytes += static_cast<std::size_t>(keys.integer(row, 4)) * 2;  // in hexadecimal
    ++row;
  } while (row < keys.rows() &&
           bytes + static_cast<std::size_t>(keys.integer(row, 4)) * 2 <= limits::export_bytes_max);
  return row;
}

Call raws_of(const std::string& type, const Answer& keys, std::size_t begin, std::size_t end) {
  Array payers(Element::text);
  Array members(Element::text);
  Array ids(Element::text);
  Array versions(Element::integer);
  for (std::size_t row = begin; row < end; ++row) {
    payers.text(keys.text(row, 0));
    members.text(keys.text(row, 1));
    ids.text(keys.text(row, 2));
    versions.integer(keys.integer(row, 3));
  }
  Call call{raw_sql, {}};
  call.parameters.text(type).array(std::move(payers)).array(std::move(members));
  call.parameters.array(std::move(ids)).array(std::move(versions));
  return call;
}

Result<void> write_resources(const Answer& raws, std::ostream& out) {
  for (std::size_t row = 0; row < raws.rows(); ++row) {
    if (auto written = write_resource(from_hex(raws.text(row, 0)).value_or(""), out); !written) {
      return written;
    }
  }
  return out ? Result<void>() : Result<void>(export_stream_failed());
}

}  // namespace

awaitable<Result<void>> PostgresExport::open(postgres::Login login) {
  auto opened = co_await connection_->open(std::move(login), connect_deadline);
  if (!opened) {
    co_return sink_failure(opened.failure());
  }
  std::vector<Call> calls;
  for (const std::string_view sql : openings) {
    calls.push_back({sql, {}});
  }
  calls.push_back(
      {"SELECT coalesce(has_table_privilege(to_regclass('claim_net'), 'SELECT'), false)", {}});
  auto begun = co_await connection_->run(std::move(calls), connect_deadline);
  if (!begun) {
    co_return sink_failure(begun.failure());
  }
  if (!begun->back().flag(0, 0)) {
    co_return Failure{FailureKind::permanent, "sink_schema",
                      "the database has no claims that this user may read: run claimferry db "
                      "migrate, and GRANT claimferry_reader TO the user of sink.url"};
  }
  co_return Result<void>();
}

awaitable<Result<Answer>> PostgresExport::ask(Call call) {
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  auto answers = co_await connection_->run(std::move(calls), step_deadline);
  if (!answers) {
    co_return sink_failure(answers.failure());
  }
  co_return std::move(answers->front());
}

awaitable<Result<void>> PostgresExport::declare(std::string select) {
  const std::string sql = "DECLARE exported NO SCROLL CURSOR FOR " + select;
  Call call{sql, {}, false};
  auto declared = co_await ask(std::move(call));
  if (!declared) {
    co_return std::move(declared.failure());
  }
  co_return Result<void>();
}

awaitable<Result<Answer>> PostgresExport::fetch(std::size_t rows) {
  const std::string sql = "FETCH " + std::to_string(rows) + " FROM exported";
  Call call{sql, {}, false};
  co_return co_await ask(std::move(call));
}

awaitable<Result<std::uint64_t>> PostgresExport::csv(std::string view, std::ostream* out,
                                                     ExportTold tell) {
  const ExportView& form = export_view(view);
  Call columns{columns_sql, {}};
  columns.parameters.text(view);
  auto known = co_await ask(std::move(columns));
  if (!known) {
    co_return std::move(known.failure());
  }
  const Selection selection = selection_of(form, *known);
  auto declared = co_await declare(selection.sql);
  if (!declared) {
    co_return std::move(declared.failure());
  }
  CsvWriter file(*out, form);
  file.header(selection.columns);
  std::uint64_t done = 0;
  std::size_t wanted = rows_first;
  for (;;) {
    auto rows = co_await fetch(wanted);
    if (!rows) {
      co_return std::move(rows.failure());
    }
    for (std::size_t row = 0; row < rows->rows(); ++row) {
      file.row(cells_of(*rows, row));
    }
    done += rows->rows();
    if (rows->rows() == 0) {
      break;
    }
    if (!*out) {
      co_return export_stream_failed();
    }
    tell(done);
    wanted = rows_after(*rows);
  }
  file.finish();
  Call close{"CLOSE exported", {}};
  auto closed = co_await ask(std::move(close));
  if (!closed) {
    co_return std::move(closed.failure());
  }
  if (!*out) {
    co_return export_stream_failed();
  }
  co_return done;
}

awaitable<Result<std::uint64_t>> PostgresExport::fhir(std::string resource_type, std::ostream* out,
                                                      ExportTold tell) {
  auto declared = co_await declare(
      "SELECT payer, member, resource_id, version, octet_length(raw) FROM resource_current "
      "WHERE resource_type = '" +
      resource_type +
      "' ORDER BY payer COLLATE \"C\", member COLLATE \"C\", resource_id COLLATE \"C\"");
  if (!declared) {
    co_return std::move(declared.failure());
  }
  std::uint64_t done = 0;
  for (;;) {
    auto keys = co_await fetch(limits::export_rows_max);
    if (!keys) {
      co_return std::move(keys.failure());
    }
    if (keys->rows() == 0) {
      break;
    }
    std::size_t begin = 0;
    while (begin < keys->rows()) {
      const std::size_t end = end_of_part(*keys, begin);
      auto raws = co_await ask(raws_of(resource_type, *keys, begin, end));
      if (!raws) {
        co_return std::move(raws.failure());
      }
      if (auto written = write_resources(*raws, *out); !written) {
        co_return std::move(written.failure());
      }
      done += raws->rows();
      tell(done);
      begin = end;
    }
  }
  Call close{"CLOSE exported", {}};
  auto closed = co_await ask(std::move(close));
  if (!closed) {
    co_return std::move(closed.failure());
  }
  co_return done;
}

}  // namespace claimferry::claims
