#include "common/claims/tables/table_maker.hpp"

namespace claimferry::claims {

TableMaker::TableMaker(TableId id, std::string name, std::string about) {
  table_.id = id;
  table_.name = std::move(name);
  table_.about = std::move(about);
}

TableMaker& TableMaker::rows_of(std::string resource, std::string path) {
  table_.origins.push_back({std::move(resource), std::move(path)});
  return *this;
}

TableMaker& TableMaker::ids(std::string id_name) {
  table_.id_name = std::move(id_name);
  return *this;
}

TableMaker& TableMaker::of_several_types() {
  table_.id_name = "resource_id";
  table_.typed = true;
  return *this;
}

TableMaker& TableMaker::column(std::string name, ColumnKind kind, std::string path,
                               std::string about) {
  table_.columns.push_back({std::move(name), kind, std::move(path), std::move(about)});
  return *this;
}

TableMaker& TableMaker::derived(std::string name, ColumnKind kind, std::string about) {
  return column(std::move(name), kind, "", std::move(about));
}

TableMaker& TableMaker::text(std::string name, std::string path, std::string about) {
  return column(std::move(name), ColumnKind::text, std::move(path), std::move(about));
}

TableMaker& TableMaker::integer(std::string name, std::string path, std::string about) {
  return column(std::move(name), ColumnKind::integer, std::move(path), std::move(about));
}

TableMaker& TableMaker::date(std::string name, std::string path, std::string about) {
  return column(std::move(name), ColumnKind::date, std::move(path), std::move(about));
}

TableMaker& TableMaker::flag(std::string name, std::string path, std::string about) {
  return column(std::move(name), ColumnKind::flag, std::move(path), std::move(about));
}

TableMaker& TableMaker::list(std::string name, std::string path, std::string about) {
  return column(std::move(name), ColumnKind::list, std::move(path), std::move(about));
}

TableMaker& TableMaker::codes(const std::string& name, const std::string& path, std::string about) {
  text(name + "_system", path + ".coding[0].system");
  text(name + "_code", path + ".coding[0].code", std::move(about));
  text(name + "_display", path + ".coding[0].display");
  return text(name + "_text", path + ".text");
}

TableMaker& TableMaker::reference(const std::string& name, const std::string& path,
                                  std::string about) {
  text(name + "_ref", path + ".reference", std::move(about));
  text(name + "_display", path + ".display");
  text(name + "_identifier_system", path + ".identifier.system");
  return text(name + "_identifier", path + ".identifier.value");
}

TableMaker& TableMaker::money(const std::string& name, const std::string& path, std::string about) {
  column(name, ColumnKind::decimal, path + ".value", std::move(about));
  return text(name + "_currency", path + ".currency");
}

TableMaker& TableMaker::quantity(const std::string& name, const std::string& path,
                                 std::string about) {
  column(name, ColumnKind::decimal, path + ".value", std::move(about));
  return text(name + "_unit", path + ".unit");
}

TableMaker& TableMaker::period(const std::string& name, const std::string& path,
                               std::string about) {
  date(name + "_start", path + ".start", std::move(about));
  return column(name + "_end", ColumnKind::open_end, path + ".end");
}

TableMaker& TableMaker::address(const std::string& path) {
  list("address_line", path + ".line");
  text("address_city", path + ".city");
  text("address_state", path + ".state");
  text("address_postal_code", path + ".postalCode");
  text("address_country", path + ".country");
  return period("address_period", path + ".period");
}

}  // namespace claimferry::claims
