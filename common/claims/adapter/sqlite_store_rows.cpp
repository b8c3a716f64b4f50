// The typed rows of a resource's version.
#include <algorithm>
#include <span>

#include "common/claims/adapter/amount.hpp"
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_tables.hpp"
#include "common/claims/parse.hpp"
#include "common/claims/tables/column_value.hpp"

namespace claimferry::claims {
namespace {

void bind_text(SqliteStatement& put, Cell cell) {
  if (cell.data() == nullptr) {
    put.text({});
  } else {
    put.required_text(cell);
  }
}

// Answers whether rounding changed the amount.
bool bind_decimal(SqliteStatement& put, Cell cell) {
  const auto exact = to_ten_thousandths(cell);
  bind_text(put, cell);
  put.integer(exact ? std::optional(exact->value) : std::nullopt);
  return exact && exact->inexact;
}

void bind_date(SqliteStatement& put, Cell cell) {
  const Day day = day_of(cell);
  bind_text(put, cell);
  put.copied_text(day.day).text(day.precision);
}

std::optional<std::int64_t> integer_of(Cell cell) {
  return cell.data() == nullptr ? std::nullopt : std::optional(to_integer(cell));
}

std::optional<std::int64_t> flag_of(Cell cell) {
  return cell.data() == nullptr ? std::nullopt : std::optional<std::int64_t>(cell == "true");
}

void bind_cells(SqliteStatement& put, const Table& table, std::span<const Cell> cells) {
  bool inexact = false;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    switch (table.columns[at].kind) {
      case ColumnKind::text:
      case ColumnKind::list:
        bind_text(put, cells[at]);
        break;
      case ColumnKind::integer:
        put.integer(integer_of(cells[at]));
        break;
      case ColumnKind::flag:
        put.integer(flag_of(cells[at]));
        break;
      case ColumnKind::decimal:
        inexact = bind_decimal(put, cells[at]) || inexact;
        break;
      case ColumnKind::date:
      case ColumnKind::open_end:
        bind_date(put, cells[at]);
        break;
    }
  }
  if (has_decimals(table)) {
    put.integer(inexact ? 1 : 0);
  }
}

// Which of the rows are of the resource: they stand in the order of their resources.
struct Range {
  std::size_t begin;
  std::size_t end;
};
Range rows_of(const TableRows& rows, std::uint32_t resource) {
  std::size_t begin = 0;
  std::size_t end = rows.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (rows.head(middle).resource < resource) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  while (end < rows.size() && rows.head(end).resource == resource) {
    ++end;
  }
  return {begin, end};
}

}  // namespace

Result<void> SqliteStore::put_rows(const Version& version) {
  const ResourceRow& of = version.page.resources[version.resource];
  for (const Table& table : tables()) {
    const TableRows& some = version.page.rows.of(table.id);
    const Range range = rows_of(some, version.resource);
    for (std::size_t row = range.begin; row < range.end; ++row) {
      auto& put = prepared(sqlite_inserts()[static_cast<std::size_t>(table.id)]);
      put.text(version.payer).text(version.member);
      if (table.typed) {
        put.text(of.type);
      }
      put.text(of.id).integer(version.number).required_text(some.head(row).pointer);
      bind_cells(put, table, some.cells(row));
      if (auto done = put.run(); !done) {
        return done;
      }
    }
  }
  return put_loose(version);
}

Result<void> SqliteStore::put_loose(const Version& version) {
  const ResourceRow& of = version.page.resources[version.resource];
  const auto& loose = version.page.rows.loose();
  const auto before = [](const LooseValue& value, std::uint32_t number) {
    return value.resource < number;
  };
  for (auto value = std::lower_bound(loose.begin(), loose.end(), version.resource, before);
       value != loose.end() && value->resource == version.resource; ++value) {
    auto& put = prepared(sqlite_inserts().back());
    put.text(version.payer).text(version.member).text(of.type).text(of.id);
    put.integer(version.number).required_text(value->pointer).text(value->url);
    if (auto done = put.text(value->type).required_text(value->value).run(); !done) {
      return done;
    }
  }
  return {};
}

Result<void> SqliteStore::drop_rows(const VersionKey& key) {
  for (std::size_t at = 0; at < sqlite_deletes().size(); ++at) {
    auto& drop = prepared(sqlite_deletes()[at]);
    drop.text(key.payer.str()).text(key.member.str());
    if (at == table_count || tables()[at].typed) {
      drop.text(key.type);
    }
    if (auto done = drop.text(key.id).integer(key.version).run(); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace claimferry::claims
