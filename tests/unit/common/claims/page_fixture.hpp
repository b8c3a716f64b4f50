// Pages for parser tests: bundles out of entries, parsed for patient p1.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/claims/parse.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

std::string bundle(std::initializer_list<std::string_view> resources);
// An ExplanationOfBenefit of p1 with more members: R"("status":"active")".
std::string eob(std::string_view id, std::string_view more = {});
ParseRequest request_for(queue::Resource resource = queue::Resource::eob);
Result<ParsedPage> parse(std::string_view text, queue::Resource resource = queue::Resource::eob);
// The code of the failure that parsing ends in; "" when it does not.
std::string failure_code(std::string_view text, queue::Resource resource = queue::Resource::eob);

// One row, by the names of its columns; "" for NULL.
class RowView {
 public:
  RowView(const ParsedPage& page, TableId table, std::size_t row)
      : table_(claims::table(table)),
        cells_(page.rows.of(table).cells(row)),
        head_(page.rows.of(table).head(row)) {}
  std::string_view operator[](std::string_view column) const {
    return cells_[table_.index_of(column)];
  }
  const RowHead& head() const noexcept { return head_; }

 private:
  const Table& table_;
  std::span<const Cell> cells_;
  RowHead head_;
};

}  // namespace claimferry::claims
