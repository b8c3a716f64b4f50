// SqliteWriter: the thread that writes to a SQLite sink's file.
#pragma once

#include <filesystem>

#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/store_writer.hpp"

namespace claimferry::claims {

class SqliteWriter final : public StoreWriter<SqliteStore> {
 public:
  explicit SqliteWriter(std::filesystem::path path)
      : StoreWriter("sqlite-writer", [path = std::move(path)] { return SqliteStore::open(path); }) {
  }
};

}  // namespace claimferry::claims
