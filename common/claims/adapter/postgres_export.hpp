// PostgresExport: what a PostgreSQL sink holds, written for others, in the form of export_form.hpp.
// Reads one state of the database, whatever workers write meanwhile, by a cursor: little of it is
// held at once. A value U+0000 and a day of the year 0, which PostgreSQL does not hold, are not as
// SQLite's.
#pragma once

#include <memory>

#include "common/async/awaitable.hpp"
#include "common/claims/adapter/export_form.hpp"
#include "common/postgres/connection.hpp"

namespace claimferry::claims {

class PostgresExport {
 public:
  explicit PostgresExport(const Executor& executor)
      : connection_(std::make_shared<postgres::Connection>(executor)) {}

  // Once, before all else. permanent sink_schema: there are no tables, or not the rights of the
  // role claimferry_reader.
  awaitable<Result<void>> open(postgres::Login login);
  // Both answer how many rows they wrote. view: one of export_views(). The stream outlives them.
  awaitable<Result<std::uint64_t>> csv(std::string view, std::ostream* out, ExportTold tell);
  awaitable<Result<std::uint64_t>> fhir(std::string resource_type, std::ostream* out,
                                        ExportTold tell);

 private:
  awaitable<Result<postgres::Answer>> ask(postgres::Call call);
  // Of the statement; one cursor at a time.
  awaitable<Result<void>> declare(std::string select);
  awaitable<Result<postgres::Answer>> fetch(std::size_t rows);

  std::shared_ptr<postgres::Connection> connection_;
};

}  // namespace claimferry::claims
