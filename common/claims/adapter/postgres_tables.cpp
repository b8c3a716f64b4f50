#include "common/claims/adapter/postgres_tables.hpp"

#include "common/claims/tables/views.hpp"

namespace claimferry::claims {
namespace {

void append_column(std::string& sql, const Column& column) {
  const std::string& name = column.name;
  switch (column.kind) {
    case ColumnKind::text:
    case ColumnKind::list:
      sql += ", " + name + " text";
      break;
    case ColumnKind::integer:
      sql += ", " + name + " bigint";
      break;
    case ColumnKind::flag:
      sql += ", " + name + " boolean";
      break;
    case ColumnKind::decimal:
      sql += ", " + name + " text, " + name + "_num numeric";
      break;
    case ColumnKind::date:
    case ColumnKind::open_end:
      sql += ", " + name + " text, " + name + "_day date, " + name + "_precision text";
      break;
  }
}

std::string body_of(const Table& table) {
  std::string sql = "payer text NOT NULL, member text NOT NULL, ";
  sql += table.typed ? "resource_type text NOT NULL, " : "";
  sql += table.id_name + " text NOT NULL, version bigint NOT NULL, pointer text NOT NULL";
  for (const Column& column : table.columns) {
    append_column(sql, column);
  }
  return sql + ", PRIMARY KEY (payer, member, " + (table.typed ? "resource_type, " : "") +
         table.id_name + ", version, pointer)";
}

std::string create_view(const std::string& name, const std::string& resource_type,
                        const std::string& id_name) {
  return "CREATE VIEW " + name + "_current AS SELECT t.* FROM " + name +
         " t JOIN resource_current r ON r.payer = t.payer AND r.member = t.member AND "
         "r.resource_type = " +
         resource_type + " AND r.resource_id = t." + id_name + " AND r.version = t.version";
}

std::string exact_amount(const std::string& column, const std::string& name) {
  return column + "_num AS " + name;
}

std::string day_of_time(const std::string& moment) {
  return "(" + moment + ")::date";
}

std::string flag_of(const std::string& condition) {
  return "(" + condition + ")::int";
}

// Puts arrays beside each other: what is inserted where, and from which of them.
class InsertMaker {
 public:
  explicit InsertMaker(std::string table) : table_(std::move(table)) {}

  // A column that is an array of its own, read through a cast where it is no text.
  InsertMaker& column(const std::string& name, const char* array = "text", const char* as = "") {
    names_ += ", " + name;
    arrays_ +=
        (arrays_.empty() ? "$" : ", $") + std::to_string(first_ + count_) + "::" + array + "[]";
    aliases_ += (aliases_.empty() ? "c" : ", c") + std::to_string(count_);
    values_ += ", c" + std::to_string(count_) + as;
    ++count_;
    return *this;
  }
  // The array before it once more, as something else.
  InsertMaker& again(const std::string& name, const char* as) {
    names_ += ", " + name;
    values_ += ", c" + std::to_string(count_ - 1) + as;
    return *this;
  }
  std::string sql() const {
    return "INSERT INTO " + table_ + " (payer, member" + names_ + ") SELECT $1::text, $2::text" +
           values_ + " FROM unnest(" + arrays_ + ") AS rows (" + aliases_ + ")";
  }

 private:
  static constexpr unsigned first_ = 3;
  std::string table_;
  std::string names_;
  std::string arrays_;
  std::string aliases_;
  std::string values_;
  unsigned count_ = 0;
};

std::string insert_into(const Table& table) {
  InsertMaker insert(table.name);
  if (table.typed) {
    insert.column("resource_type");
  }
  insert.column(table.id_name).column("version", "bigint").column("pointer");
  for (const Column& column : table.columns) {
    switch (column.kind) {
      case ColumnKind::text:
      case ColumnKind::list:
        insert.column(column.name);
        break;
      case ColumnKind::integer:
        insert.column(column.name, "bigint");
        break;
      case ColumnKind::flag:
        insert.column(column.name, "text", "::boolean");
        break;
      case ColumnKind::decimal:
        insert.column(column.name).again(column.name + "_num", "::numeric");
        break;
      case ColumnKind::date:
      case ColumnKind::open_end:
        insert.column(column.name)
            .column(column.name + "_day", "text", "::date")
            .column(column.name + "_precision");
        break;
    }
  }
  return insert.sql();
}

std::string delete_from(const std::string& table, const std::string& resource_type,
                        const std::string& id_name) {
  return "DELETE FROM " + table +
         " t USING unnest($3::text[], $4::text[], $5::bigint[]) AS gone (type, id, version) "
         "WHERE t.payer = $1 AND t.member = $2 AND " +
         resource_type + " = gone.type AND t." + id_name +
         " = gone.id AND t.version = gone.version";
}

std::string type_of(const Table& table) {
  return table.typed ? "t.resource_type" : "'" + table.origins[0].resource + "'";
}

std::string loose_table() {
  return std::string(postgres_loose_table);
}

}  // namespace

std::vector<std::string> postgres_partitioned(const std::string& table, const std::string& body) {
  std::vector<std::string> made{"CREATE TABLE " + table + " (" + body +
                                ") PARTITION BY HASH (member)"};
  for (unsigned part = 0; part < postgres_partitions; ++part) {
    made.push_back("CREATE TABLE " + table + "_p" + std::to_string(part) + " PARTITION OF " +
                   table + " FOR VALUES WITH (MODULUS " + std::to_string(postgres_partitions) +
                   ", REMAINDER " + std::to_string(part) + ")");
  }
  return made;
}

std::vector<std::string> postgres_create_tables() {
  std::vector<std::string> made;
  const auto add = [&made](const std::string& table, const std::string& body) {
    const auto all = postgres_partitioned(table, body);
    made.insert(made.end(), all.begin(), all.end());
  };
  for (const Table& table : tables()) {
    add(table.name, body_of(table));
    made.push_back(create_view(table.name, type_of(table), table.id_name));
  }
  add(loose_table(),
      "payer text NOT NULL, member text NOT NULL, resource_type text NOT NULL, "
      "resource_id text NOT NULL, version bigint NOT NULL, pointer text NOT NULL, url text, "
      "value_type text NOT NULL, value text NOT NULL");
  made.push_back(
      "CREATE INDEX extension_kv_of ON extension_kv (payer, member, resource_type, resource_id, "
      "version)");
  made.push_back(create_view(loose_table(), "t.resource_type", "resource_id"));
  const auto views = create_views({exact_amount, day_of_time, flag_of});
  made.insert(made.end(), views.begin(), views.end());
  return made;
}

const std::vector<std::string>& postgres_claim_tables() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back(table.name);
      made.push_back(table.name + "_current");
    }
    made.push_back(loose_table());
    made.push_back(loose_table() + "_current");
    made.insert(made.end(), view_names().begin(), view_names().end());
    return made;
  }();
  return all;
}

const std::vector<std::string>& postgres_inserts() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back(insert_into(table));
    }
    InsertMaker loose(loose_table());
    loose.column("resource_type").column("resource_id").column("version", "bigint");
    made.push_back(
        loose.column("pointer").column("url").column("value_type").column("value").sql());
    return made;
  }();
  return all;
}

const std::vector<std::string>& postgres_deletes() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back(delete_from(table.name, type_of(table), table.id_name));
    }
    made.push_back(delete_from(loose_table(), "t.resource_type", "resource_id"));
    return made;
  }();
  return all;
}

const std::vector<std::string>& postgres_erasures() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const Table& table : tables()) {
      made.push_back("DELETE FROM " + table.name + " WHERE payer = $1 AND member = $2");
    }
    made.push_back("DELETE FROM extension_kv WHERE payer = $1 AND member = $2");
    return made;
  }();
  return all;
}

}  // namespace claimferry::claims
