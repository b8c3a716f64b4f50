// The schema of a PostgreSQL sink: a list of migrations, forward only, each applied once. A
// migration says from which release's schema on workers may go on beside it, so that the tables are
// brought forward while old workers write.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/postgres/connection.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::claims {

struct PostgresMigration {
  unsigned version;     // one more than the one before it
  unsigned works_from;  // workers that know this version or a later one may go on
  std::string about;
  std::vector<std::string> statements;  // one statement each, in one transaction
};
const std::vector<PostgresMigration>& postgres_migrations();
unsigned postgres_schema_version();

// What the user of a database that is fit may do there.
struct PostgresRights {
  std::string user;
  bool writes_claims;  // as claimferry_worker does
  bool keeps_members;  // as claimferry_enroller does
};
// Of a database whose version, encoding and schema are what this release wants; else permanent,
// "sink_schema", which says what to do.
awaitable<Result<PostgresRights>> postgres_rights(postgres::Pool::Lease lease);

// What open() wants of a database: UTF-8, PostgreSQL 13 or later, this release's schema or one that
// it works with, and the rights of the role claimferry_worker. permanent, "sink_schema": says what
// to do.
awaitable<Result<void>> check_postgres_schema(postgres::Pool::Lease lease);

// Which migrations the database lacks; with `apply`, applies them, in one transaction under an
// advisory lock: of two that run at once, the second finds nothing left to do. A lock that a worker
// holds is waited for 5 seconds, and workers wait behind it no longer.
awaitable<Result<std::vector<PostgresMigration>>> migrate_postgres(
    std::shared_ptr<postgres::Connection> connection, bool apply);

}  // namespace claimferry::claims
