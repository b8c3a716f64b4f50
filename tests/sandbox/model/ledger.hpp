// The ledger: for each member, what a client that has pulled everything must hold. Contents are
// named by the SHA-256 of the exact bytes of the resource; beside them stand the amounts of claims
// and of their lines, a few typed facts by the names that columns have, and totals.
#pragma once

#include <cstddef>
#include <string>

#include "tests/sandbox/model/members.hpp"

namespace claimferry::sandbox {

// One JSON line, ended by a newline.
std::string ledger_line(MemberBook& members, std::size_t index, bool volatile_meta);

}  // namespace claimferry::sandbox
