// What `claimferry audit verify` prints of a report, as lines or as JSON. Pure.
#pragma once

#include <string>

#include "common/audit/verifier.hpp"

namespace claimferry::ctl {

struct Verified {
  audit::VerifyReport report;
  std::string directory;
  // Why the files could not be held against what Redis remembers; empty: they were, or Redis
  // remembers nothing.
  std::string redis_away;
};

// Ends with a line break.
std::string verified_lines(const Verified& verified);
// {"sound","segments","lines","head","compared_with_redis","flaws":[{"file","line","what"}],
// "flaws_in_all"}.
std::string verified_json(const Verified& verified);

}  // namespace claimferry::ctl
