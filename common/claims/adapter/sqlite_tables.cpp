#include "common/claims/adapter/sqlite_tables.hpp"

#include "common/claims/tables/views.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view loose_table = "extension_kv";

void append_column(std::string& sql, const Column& column) {
  const std::string& name = column.name;
  switch (column.kind) {
    case ColumnKind::text:
    case ColumnKind::list:
      sql += ", " + name + " TEXT";
      break;
    case ColumnKind::integer:
    case ColumnKind::flag:
      sql += ", " + name + " INTEGER";
      break;
    case ColumnKind::decimal:
      sql += ", " + name + " TEXT, " + name + "_e4 INTEGER";
      break;
    case ColumnKind::date:
    case ColumnKind::open_end:
      sql += ", " + name + " TEXT, " + name + "_day TEXT, " + name + "_precision TEXT";
      break;
  }
}

std::size_t width_of(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::decimal:
      return 2;
    case ColumnKind::date:
    case ColumnKind::open_end:
      return 3;
    default:
      return 1;
  }
}

// What leads to the version of the resource: claims have theirs by one type alone.
std::string key_columns(const Table& table) {
  return std::string("payer, member, ") + (table.typed ? "resource_type, " : "") + table.id_name +
         ", version";
}

std::string create_table(const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + " (payer TEXT NOT NULL, member TEXT NOT NULL, ";
  sql += table.typed ? "resource_type TEXT NOT NULL, " : "";
  sql += table.id_name + " TEXT NOT NULL, version INTEGER NOT NULL, pointer TEXT NOT NULL";
  for (const Column& column : table.columns) {
    append_column(sql, column);
  }
  sql += has_decimals(table) ? ", amount_inexact INTEGER NOT NULL" : "";
  return sql + ", PRIMARY KEY (" + key_columns(table) + ", pointer)) WITHOUT ROWID;\n";
}

std::string create_view(const std::string& name, const std::string& resource_type,
                        const std::string& id_name) {
  return "CREATE VIEW " + name + "_current AS SELECT t.* FROM " + name +
         " t JOIN resource_current r ON r.payer = t.payer AND r.member = t.member AND "
         "r.resource_type = " +
         resource_type + " AND r.resource_id = t." + id_name + " AND r.version = t.version;\n";
}

std::string insert_into(const Table& table) {
  std::size_t width = table.typed ? 6 : 5;
  for (const Column& column : table.columns) {
    width += width_of(column.kind);
  }
  width += has_decimals(table) ? 1 : 0;
  std::string sql = "INSERT INTO " + table.name + " VALUES (?";
  for (std::size_t at = 1; at < width; ++at) {
    sql += ", ?";
  }
  return sql + ")";
}

// As text, and in ten-thousandths to add up.
std::string amount(const std::string& column, const std::string& name) {
  return column + " AS " + name + ", " + column + "_e4 AS " + name + "_e4";
}

std::string day_of(const std::string& moment) {
  return "substr(" + moment + ", 1, 10)";
}

std::string flag(const std::string& condition) {
  return "(" + condition + ")";
}

std::string delete_from(const std::string& table, bool typed, const std::string& id_name) {
  return "DELETE FROM " + table + " WHERE payer = ? AND member = ? AND " +
         (typed ? "resource_type = ? AND " : "") + id_name + " = ? AND version = ?";
}

}  // namespace

std::string sqlite_create_tables() {
  std::string sql;
  for (const Table& table : tables()) {
    sql += create_table(table);
    sql += create_view(table.name,
                       table.typed ? "t.resource_type" : "'" + table.origins[0].resource + "'",
                       table.id_name);
  }
  sql += "CREATE TABLE " + std::string(loose_table) +
         " (payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, "
         "resource_id TEXT NOT NULL, version INTEGER NOT NULL, pointer TEXT NOT NULL, url TEXT, "
         "value_type TEXT NOT NULL, value TEXT NOT NULL);\n"
         "CREATE INDEX extension_kv_of ON extension_kv (payer, member, resource_type, resource_id, "
         "version);\n";
  sql += create_view(std::string(loose_table), "t.resource_type", "resource_id");
  for (const std::string& view : create_views({amount, day_of, flag})) {
    sql += view + ";\n";
  }
  return sql;
}

const std::vector<std::string>& sqlite_inserts() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back(insert_into(table));
    }
    made.push_back("INSERT INTO extension_kv VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    return made;
  }();
  return all;
}

const std::vector<std::string>& sqlite_deletes() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back(delete_from(table.name, table.typed, table.id_name));
    }
    made.push_back(delete_from(std::string(loose_table), true, "resource_id"));
    return made;
  }();
  return all;
}

const std::vector<std::string>& sqlite_erasures() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back("DELETE FROM " + table.name + " WHERE payer = ? AND member = ?");
    }
    made.push_back("DELETE FROM extension_kv WHERE payer = ? AND member = ?");
    return made;
  }();
  return all;
}

}  // namespace claimferry::claims
