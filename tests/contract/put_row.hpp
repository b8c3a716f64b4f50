// Rows for a sink's tests, by the names of their columns.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "common/claims/page.hpp"

namespace claimferry::claims {

using NamedCells = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline void put(ParsedPage& page, TableId table, std::uint32_t resource, NamedCells named,
                std::string_view pointer = "") {
  TableRows& rows = page.rows.of(table);
  const std::size_t row = rows.add(resource, pointer);
  for (const auto& [column, text] : named) {
    rows.cells(row)[claims::table(table).index_of(column)] = text;
  }
}

}  // namespace claimferry::claims
