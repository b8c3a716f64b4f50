// RowSet: the rows of a page, by table, as views into the page. A cell without data() is SQL NULL;
// an empty text is a text.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

using Cell = std::string_view;

struct RowHead {
  std::uint32_t resource;    // index into ParsedPage::resources
  std::string_view pointer;  // JSON pointer of the row's element within the resource
};

// Rows of one table, in the order of their resources and, within one, of the document.
class TableRows {
 public:
  explicit TableRows(std::size_t width = 0) : width_(width) {}

  std::size_t size() const noexcept { return heads_.size(); }
  const RowHead& head(std::size_t row) const noexcept { return heads_[row]; }
  std::span<const Cell> cells(std::size_t row) const noexcept {
    return {cells_.data() + row * width_, width_};
  }
  std::span<Cell> cells(std::size_t row) noexcept { return {cells_.data() + row * width_, width_}; }

  std::size_t add(std::uint32_t resource, std::string_view pointer) {
    heads_.emplace_back(resource, pointer);
    cells_.resize(cells_.size() + width_);
    return heads_.size() - 1;
  }
  std::size_t bytes() const noexcept {
    return heads_.capacity() * sizeof(RowHead) + cells_.capacity() * sizeof(Cell);
  }
  void shrink_to(std::size_t rows) {
    heads_.resize(rows);
    cells_.resize(rows * width_);
  }

 private:
  std::size_t width_;
  std::vector<RowHead> heads_;
  std::vector<Cell> cells_;
};

// A value that no column holds, or not as it was sent: a row of table extension_kv.
struct LooseValue {
  std::uint32_t resource;
  std::string_view pointer;  // of the value
  // Of the extension around it, whose own `url` has no row then.
  std::string_view url;
  std::string_view type;  // string, number, boolean, null, or an empty object or array
  std::string_view value;
};

class RowSet {
 public:
  RowSet();

  TableRows& of(TableId id) noexcept { return tables_[static_cast<std::size_t>(id)]; }
  const TableRows& of(TableId id) const noexcept { return tables_[static_cast<std::size_t>(id)]; }
  std::vector<LooseValue>& loose() noexcept { return loose_; }
  const std::vector<LooseValue>& loose() const noexcept { return loose_; }

  // Where each table ends, to come back to.
  struct Mark {
    std::array<std::size_t, table_count> rows;
    std::size_t loose;
  };
  Mark mark() const noexcept;
  void shrink_to(const Mark& mark);
  // What the rows hold on to, beside the texts that they point at.
  std::size_t bytes() const noexcept;

 private:
  std::vector<TableRows> tables_;
  std::vector<LooseValue> loose_;
};

}  // namespace claimferry::claims
