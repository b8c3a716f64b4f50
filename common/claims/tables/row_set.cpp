#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

RowSet::RowSet() {
  tables_.reserve(table_count);
  for (const Table& table : tables()) {
    tables_.emplace_back(table.columns.size());
  }
}

RowSet::Mark RowSet::mark() const noexcept {
  Mark mark{};
  for (std::size_t at = 0; at < table_count; ++at) {
    mark.rows[at] = tables_[at].size();
  }
  mark.loose = loose_.size();
  return mark;
}

void RowSet::shrink_to(const Mark& mark) {
  for (std::size_t at = 0; at < table_count; ++at) {
    tables_[at].shrink_to(mark.rows[at]);
  }
  loose_.resize(mark.loose);
}

std::size_t RowSet::bytes() const noexcept {
  std::size_t sum = loose_.capacity() * sizeof(LooseValue);
  for (const TableRows& rows : tables_) {
    sum += rows.bytes();
  }
  return sum;
}

}  // namespace claimferry::claims
