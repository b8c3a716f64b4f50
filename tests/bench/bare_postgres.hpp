// BarePostgres: the same rows into the same tables and indexes as a sink's database, by no more
// than COPY into temporary tables, an INSERT … SELECT from each, and a COMMIT: the limit of a
// PostgreSQL sink on one connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/sink_load.hpp"

namespace claimferry::bench {

class BarePostgres {
 public:
  // merged: into temporary tables, and an INSERT … SELECT from each, as one does who may meet rows
  // that are there already; straight: into the tables themselves.
  enum class Way { merged, straight };

  // Addresses of a sink's database and of a fresh one with the same tables. Throws
  // std::runtime_error, as all of it does.
  BarePostgres(const std::string& from, const std::string& to, Way way);
  ~BarePostgres();

  // The page's rows in one transaction. They are read before the clock begins.
  void store(const StoredPage& page);
  double seconds() const noexcept { return seconds_; }
  std::uint64_t rows() const noexcept { return rows_; }

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
  double seconds_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace claimferry::bench
