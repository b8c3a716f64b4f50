#include "tests/bench/bare_sqlite.hpp"

#include <chrono>
#include <stdexcept>

#include <sqlite3.h>

#include "common/claims/tables/table.hpp"

namespace claimferry::bench {
namespace {

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;
using Value = std::unique_ptr<sqlite3_value, decltype(&sqlite3_value_free)>;
using Row = std::vector<Value>;

void check(bool fits, sqlite3* database) {
  if (!fits) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
}

Database open(const std::filesystem::path& path) {
  sqlite3* database = nullptr;
  const bool opened = sqlite3_open(path.c_str(), &database) == SQLITE_OK;
  Database owned(database, sqlite3_close);
  check(opened, database);
  return owned;
}

void execute(sqlite3* database, const std::string& sql) {
  check(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, database);
}

Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK, database);
  return {statement, sqlite3_finalize};
}

void bind(sqlite3_stmt* statement, int place, const std::string& text) {
  sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

std::string insert_into(const std::string& table, int columns) {
  std::string sql = "INSERT INTO " + table + " VALUES (?";
  for (int column = 1; column < columns; ++column) {
    sql += ", ?";
  }
  return sql + ")";
}

// A table on both sides.
struct Table {
  Statement read;
  Statement insert;
  std::vector<Row> waiting;
};

}  // namespace

struct BareSqlite::Tables {
  Database from;
  Database to;
  std::vector<Table> all;
  Statement fence;
  Statement cursor;

  Tables(const std::filesystem::path& source, const std::filesystem::path& target)
      : from(open(source)),
        to(open(target)),
        fence(nullptr, sqlite3_finalize),
        cursor(nullptr, sqlite3_finalize) {
    execute(to.get(), "PRAGMA journal_mode = WAL");
    execute(to.get(), "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    const Statement schema =
        prepare(from.get(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
    while (sqlite3_step(schema.get()) == SQLITE_ROW) {
      execute(to.get(), reinterpret_cast<const char*>(sqlite3_column_text(schema.get(), 0)));
    }
    add("resource_version", "resource_id");
    for (const claims::Table& table : claims::tables()) {
      add(table.name, table.id_name);
    }
    add("extension_kv", "resource_id");
    fence = prepare(to.get(), "INSERT OR REPLACE INTO member_fence VALUES ('aetna', ?, 1)");
    cursor = prepare(to.get(), "INSERT OR REPLACE INTO cursor VALUES ('aetna', ?, 'j1', ?)");
  }

  void add(const std::string& name, const std::string& id) {
    const bool typed = id == "resource_id";
    Statement read = prepare(
        from.get(), "SELECT * FROM " + name + " WHERE payer = 'aetna' AND member = ? AND " +
                        (typed ? "resource_type = 'ExplanationOfBenefit' AND " : "") + id + " = ?");
    Statement insert = prepare(to.get(), insert_into(name, sqlite3_column_count(read.get())));
    all.push_back({std::move(read), std::move(insert), {}});
  }

  void read(Table& table, const StoredPage& page) {
    for (const std::string& id : page.ids) {
      bind(table.read.get(), 1, page.member);
      bind(table.read.get(), 2, id);
      while (sqlite3_step(table.read.get()) == SQLITE_ROW) {
        Row& row = table.waiting.emplace_back();
        for (int column = 0; column < sqlite3_column_count(table.read.get()); ++column) {
          row.emplace_back(sqlite3_value_dup(sqlite3_column_value(table.read.get(), column)),
                           sqlite3_value_free);
        }
      }
      sqlite3_reset(table.read.get());
    }
  }

  void run(sqlite3_stmt* statement) const {
    check(sqlite3_step(statement) == SQLITE_DONE, to.get());
    sqlite3_reset(statement);
  }

  std::uint64_t write(Table& table) const {
    for (const Row& row : table.waiting) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        sqlite3_bind_value(table.insert.get(), static_cast<int>(column) + 1, row[column].get());
      }
      run(table.insert.get());
    }
    return table.waiting.size();
  }
};

BareSqlite::BareSqlite(const std::filesystem::path& from, const std::filesystem::path& to)
    : tables_(std::make_unique<Tables>(from, to)) {}

BareSqlite::~BareSqlite() = default;

void BareSqlite::store(const std::vector<StoredPage>& pages) {
  for (Table& table : tables_->all) {
    for (const StoredPage& page : pages) {
      tables_->read(table, page);
    }
  }
  const auto begun = std::chrono::steady_clock::now();
  execute(tables_->to.get(), "BEGIN IMMEDIATE");
  for (const StoredPage& page : pages) {
    bind(tables_->fence.get(), 1, page.member);
    tables_->run(tables_->fence.get());
    bind(tables_->cursor.get(), 1, page.member);
    bind(tables_->cursor.get(), 2, "https://payer.example/next");
    tables_->run(tables_->cursor.get());
  }
  for (Table& table : tables_->all) {
    rows_ += tables_->write(table);
  }
  execute(tables_->to.get(), "COMMIT");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  seconds_ += took.count();
  for (Table& table : tables_->all) {
    table.waiting.clear();
  }
}

}  // namespace claimferry::bench
