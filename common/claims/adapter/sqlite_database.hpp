// SqliteDatabase: one connection, prepared statements, and SQLite's refusals as failures. Knows no
// claims. Used on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace claimferry::claims {

class SqliteDatabase {
 public:
  // Opens or creates the file (mode 0600). busy_wait: how long SQLite waits for another process.
  static Result<SqliteDatabase> open(const std::filesystem::path& path,
                                     std::chrono::milliseconds busy_wait);
  SqliteDatabase(SqliteDatabase&& other) noexcept;
  SqliteDatabase& operator=(SqliteDatabase&&) = delete;
  ~SqliteDatabase();

  Result<void> execute(std::string_view sql);
  // From here on the file is known to be ours: what it refuses later (damage, a disk that went
  // away) is this machine's trouble, to wait for, and never the job's.
  void trust() noexcept { trusted_ = true; }
  // The failure that the last refusal stands for: sink_busy, disk_full, sink_unavailable (local),
  // or, before trust(), sink_schema (permanent: the file is not what this release expects).
  Failure failure() const;
  // False outside of one, and after a refusal that took the whole transaction back by itself: a
  // full disk or a failed write does (SQLite, "Response To Errors Within A Transaction").
  bool in_transaction() const noexcept;
  // Rows that the last statement changed.
  std::int64_t changes() const noexcept;
  sqlite3* handle() const noexcept { return handle_; }

  const std::string& path() const noexcept { return path_; }

 private:
  explicit SqliteDatabase(sqlite3* handle, std::string path)
      : handle_(handle), path_(std::move(path)) {}
  sqlite3* handle_;
  std::string path_;
  bool trusted_ = false;
};

// A prepared statement, bound from left to right and reset by itself. Text is bound where it
// stands: it outlives the step. What SQLite refuses to prepare or to bind fails at the step.
class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase& database, std::string_view sql);
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  // False: SQLite refused the text; every step says why.
  bool prepared() const noexcept { return statement_ != nullptr; }

  SqliteStatement& text(std::string_view value);           // an empty one is NULL
  SqliteStatement& required_text(std::string_view value);  // an empty one stays empty
  SqliteStatement& copied_text(std::string_view value);    // need not outlive the call
  SqliteStatement& blob(std::string_view value);
  SqliteStatement& integer(std::int64_t value);
  SqliteStatement& integer(std::optional<std::int64_t> value);

  // True: a row stands in the columns; false: no (more) row.
  Result<bool> step();
  // For a statement that answers no rows.
  Result<void> run();
  std::int64_t integer_at(int column) const;
  std::string text_at(int column) const;
  bool null_at(int column) const;
  // How many columns its rows have, and what they are called.
  int columns() const noexcept;
  std::string name_of(int column) const;
  void reset();

 private:
  SqliteStatement& note(int status);

  SqliteDatabase& database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
  std::optional<Failure> refused_;
};

}  // namespace claimferry::claims
