#include "common/claims/adapter/sqlite_database.hpp"

#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace claimferry::claims {
namespace {

// SQLite makes files by the process's umask; claims are for their owner only.
bool create_private(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return false;
  }
  ::close(fd);
  return true;
}

}  // namespace

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& path,
                                            std::chrono::milliseconds busy_wait) {
  if (!create_private(path)) {
    return Failure{FailureKind::local, "sink_unavailable",
                   "cannot open or create " + path.string() +
                       "; check sink.path: its folder must exist and be writable"};
  }
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  const int status = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  SqliteDatabase database(handle, path.string());
  if (status != SQLITE_OK) {
    return database.failure();
  }
  sqlite3_busy_timeout(handle, static_cast<int>(busy_wait.count()));
  return database;
}

SqliteDatabase::SqliteDatabase(SqliteDatabase&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      path_(std::move(other.path_)),
      trusted_(other.trusted_) {}

SqliteDatabase::~SqliteDatabase() {
  sqlite3_close_v2(handle_);
}

Result<void> SqliteDatabase::execute(std::string_view sql) {
  if (sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure();
  }
  return {};
}

Failure SqliteDatabase::failure() const {
  // The message names tables and constraints, never values.
  const std::string where = path_ + ": " + sqlite3_errmsg(handle_);
  switch (sqlite3_errcode(handle_)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {FailureKind::local, "sink_busy", where + "; another process holds it"};
    case SQLITE_FULL:
      return {FailureKind::local, "disk_full", where + "; free some space"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR:
      if (!trusted_) {
        return {FailureKind::permanent, "sink_schema",
                where + "; is sink.path a claimferry database of this release?"};
      }
      return {FailureKind::local, "sink_unavailable",
              where + "; it was whole when opened: check the disk, or restore the file"};
    default:
      return {FailureKind::local, "sink_unavailable", where + "; check the disk that it is on"};
  }
}

bool SqliteDatabase::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t SqliteDatabase::changes() const noexcept {
  return sqlite3_changes64(handle_);
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, std::string_view sql)
    : database_(database) {
  note(sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                          SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_(other.next_),
      refused_(std::move(other.refused_)) {}

SqliteStatement::~SqliteStatement() {
  sqlite3_finalize(statement_);
}

SqliteStatement& SqliteStatement::note(int status) {
  if (status != SQLITE_OK && !refused_) {
    refused_ = database_.failure();
  }
  return *this;
}

SqliteStatement& SqliteStatement::text(std::string_view value) {
  if (value.empty()) {
    return note(sqlite3_bind_null(statement_, next_++));
  }
  return required_text(value);
}

SqliteStatement& SqliteStatement::required_text(std::string_view value) {
  // A null pointer would be NULL: an empty view may have one.
  const char* bytes = value.empty() ? "" : value.data();
  return note(
      sqlite3_bind_text64(statement_, next_++, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

SqliteStatement& SqliteStatement::copied_text(std::string_view value) {
  if (value.empty()) {
    return text(value);
  }
  return note(sqlite3_bind_text64(statement_, next_++, value.data(), value.size(), SQLITE_TRANSIENT,
                                  SQLITE_UTF8));
}

SqliteStatement& SqliteStatement::blob(std::string_view value) {
  // A null pointer would be NULL here, too: an empty page is a blob of no bytes.
  const char* bytes = value.empty() ? "" : value.data();
  return note(sqlite3_bind_blob64(statement_, next_++, bytes, value.size(), SQLITE_STATIC));
}

SqliteStatement& SqliteStatement::integer(std::int64_t value) {
  return note(sqlite3_bind_int64(statement_, next_++, value));
}

SqliteStatement& SqliteStatement::integer(std::optional<std::int64_t> value) {
  if (!value) {
    return note(sqlite3_bind_null(statement_, next_++));
  }
  return integer(*value);
}

Result<bool> SqliteStatement::step() {
  if (refused_) {
    Failure failure = *refused_;
    reset();
    return failure;
  }
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) {
    return true;
  }
  if (status == SQLITE_DONE) {
    reset();
    return false;
  }
  Failure failure = database_.failure();
  reset();
  return failure;
}

Result<void> SqliteStatement::run() {
  auto stepped = step();
  if (!stepped) {
    return std::move(stepped.failure());
  }
  reset();
  return {};
}

std::int64_t SqliteStatement::integer_at(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteStatement::text_at(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool SqliteStatement::null_at(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int SqliteStatement::columns() const noexcept {
  return sqlite3_column_count(statement_);
}

std::string SqliteStatement::name_of(int column) const {
  return sqlite3_column_name(statement_, column);
}

void SqliteStatement::reset() {
  if (!prepared()) {
    return;
  }
  refused_.reset();
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_ = 1;
}

}  // namespace claimferry::claims
