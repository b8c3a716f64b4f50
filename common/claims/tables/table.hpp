// Table: what a table of claims is made of: columns, each with the place in FHIR that fills it. The
// same lists make the rows (flattener.hpp), the schema of every sink and the documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::claims {

enum class ColumnKind : std::uint8_t {
  text,      // a string, as sent
  integer,   // a whole number of 64 bits
  decimal,   // an exact decimal: an amount of money or a quantity; never a float
  date,      // a date, month, year or instant, as sent; sinks add the day and the precision
  open_end,  // a date too, and nothing where the payer writes "for ever" (3000-01-01 and later)
  flag,      // true or false
  list,      // a list of numbers or strings, as JSON
};
std::string_view to_string(ColumnKind kind) noexcept;

struct Column {
  std::string name;
  ColumnKind kind;
  // Below the row's element, in FHIR's names: "type.coding[0].code". Empty: a rule fills it
  // (rules.hpp), by what `about` says.
  std::string path;
  std::string about;
};

enum class TableId : std::uint8_t {
  claim,
  claim_total,
  claim_header_adjudication,
  claim_line,
  claim_line_adjudication,
  claim_diagnosis,
  claim_procedure,
  claim_care_team,
  claim_supporting_info,
  claim_insurance,
  claim_related,
  claim_note,
  claim_benefit,
  claim_benefit_amount,
  coverage,
  coverage_class,
  member,
  provider,
  identifier,
};
inline constexpr std::size_t table_count = 19;

// Where rows of a table begin: "ExplanationOfBenefit" and "item[].adjudication[]". An empty path is
// the resource itself.
struct Origin {
  std::string resource;
  std::string path;
};

struct Table {
  TableId id;
  std::string name;
  std::string about;
  // What the column with the resource's id is called. With `typed`, a column resource_type stands
  // before it, because resources of several types have such rows.
  std::string id_name;
  bool typed = false;
  std::vector<Origin> origins;
  std::vector<Column> columns;

  // The column of that name, which exists.
  std::size_t index_of(std::string_view column) const;
};

bool has_decimals(const Table& table);

// All of them, in the order of their ids.
const std::vector<Table>& tables();
inline const Table& table(TableId id) {
  return tables()[static_cast<std::size_t>(id)];
}

}  // namespace claimferry::claims
