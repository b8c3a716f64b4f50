// TableMaker: how the lists of columns are written down. FHIR's types become columns by one rule
// each, so that a concept or a reference looks alike wherever it stands.
#pragma once

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

class TableMaker {
 public:
  TableMaker(TableId id, std::string name, std::string about);

  TableMaker& rows_of(std::string resource, std::string path = "");
  TableMaker& ids(std::string id_name);
  TableMaker& of_several_types();

  TableMaker& column(std::string name, ColumnKind kind, std::string path, std::string about = "");
  // Filled by a rule.
  TableMaker& derived(std::string name, ColumnKind kind, std::string about);
  TableMaker& text(std::string name, std::string path, std::string about = "");
  TableMaker& integer(std::string name, std::string path, std::string about = "");
  TableMaker& date(std::string name, std::string path, std::string about = "");
  TableMaker& flag(std::string name, std::string path, std::string about = "");
  TableMaker& list(std::string name, std::string path, std::string about = "");

  // <name>_system, _code, _display of the first coding, and _text.
  TableMaker& codes(const std::string& name, const std::string& path, std::string about = "");
  // <name>_ref, _display, _identifier_system and _identifier.
  TableMaker& reference(const std::string& name, const std::string& path, std::string about = "");
  // <name> and <name>_currency.
  TableMaker& money(const std::string& name, const std::string& path, std::string about = "");
  // <name> and <name>_unit.
  TableMaker& quantity(const std::string& name, const std::string& path, std::string about = "");
  // <name>_start and <name>_end.
  TableMaker& period(const std::string& name, const std::string& path, std::string about = "");
  // address_line, _city, _state, _postal_code, _country, and the period.
  TableMaker& address(const std::string& path);

  Table made() { return std::move(table_); }

 private:
  Table table_;
};

}  // namespace claimferry::claims
