// What `claimferry db migrate` prints.
#pragma once

#include <string>
#include <vector>

#include "common/claims/adapter/postgres_schema.hpp"

namespace claimferry::ctl {

// A dry run's is SQL as a whole: what tells about it is a comment.
std::string migrations_text(const std::vector<claims::PostgresMigration>& migrations, bool dry_run);
std::string migrations_json(const std::vector<claims::PostgresMigration>& migrations, bool dry_run);

}  // namespace claimferry::ctl
