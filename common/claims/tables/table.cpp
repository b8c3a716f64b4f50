#include "common/claims/tables/table.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/claims/tables/definitions.hpp"

namespace claimferry::claims {
namespace {

std::vector<Table> put_in_order() {
  std::vector<Table> all(table_count);
  const auto put = [&all](Table table) {
    const auto at = static_cast<std::size_t>(table.id);
    all.at(at) = std::move(table);
  };
  put(claim_table());
  for (auto group : {claim_part_tables(), party_tables()}) {
    for (Table& one : group) {
      put(std::move(one));
    }
  }
  return all;
}

}  // namespace

std::string_view to_string(ColumnKind kind) noexcept {
  switch (kind) {
    case ColumnKind::text:
      return "text";
    case ColumnKind::integer:
      return "integer";
    case ColumnKind::decimal:
      return "decimal";
    case ColumnKind::date:
    case ColumnKind::open_end:
      return "date";
    case ColumnKind::flag:
      return "flag";
    case ColumnKind::list:
      return "list";
  }
  return {};
}

std::size_t Table::index_of(std::string_view column) const {
  std::size_t at = 0;
  while (at < columns.size() && columns[at].name != column) {
    ++at;
  }
  CLAIMFERRY_ASSERT(at < columns.size());
  return at;
}

bool has_decimals(const Table& table) {
  return std::ranges::any_of(
      table.columns, [](const Column& column) { return column.kind == ColumnKind::decimal; });
}

const std::vector<Table>& tables() {
  static const std::vector<Table> all = put_in_order();
  return all;
}

}  // namespace claimferry::claims
