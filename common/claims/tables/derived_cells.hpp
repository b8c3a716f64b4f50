// DerivedCells: a row's cells by their columns' names, for the rules.
#pragma once

#include <span>
#include <string_view>

#include "common/base/text_arena.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

// A column by its name, looked up once: static const Named paid(TableId::claim, "paid").
class Named {
 public:
  Named(TableId table, std::string_view name) : at_(claims::table(table).index_of(name)) {}
  // Nothing where the text is empty.
  void put(std::span<Cell> cells, std::string_view text) const {
    cells[at_] = text.empty() ? Cell() : text;
  }
  Cell get(std::span<const Cell> cells) const { return cells[at_]; }

 private:
  std::size_t at_;
};

}  // namespace claimferry::claims
