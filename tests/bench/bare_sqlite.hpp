// BareSqlite: the same rows into the same tables and indexes as a sink's file, by no more than
// prepared inserts and a COMMIT: the limit of a SQLite sink.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/bench/sink_load.hpp"

namespace claimferry::bench {

class BareSqlite {
 public:
  // from: the file of a sink, closed or at rest; to: a fresh one, which gets its schema. Throws
  // std::runtime_error, as all of it does.
  BareSqlite(const std::filesystem::path& from, const std::filesystem::path& to);
  ~BareSqlite();

  // The pages' rows in one transaction. They are read before the clock begins.
  void store(const std::vector<StoredPage>& pages);
  double seconds() const noexcept { return seconds_; }
  std::uint64_t rows() const noexcept { return rows_; }

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
  double seconds_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace claimferry::bench
