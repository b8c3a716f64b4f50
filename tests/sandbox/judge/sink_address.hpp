// Which judge a sink's address, KIND:WHERE, asks for.
#pragma once

#include "tests/sandbox/judge/judge.hpp"

namespace claimferry::sandbox {

// "sqlite:PATH", "ndjson:DIRECTORY", or "postgres:" and what libpq takes: a URI or key=value pairs.
// Throws std::runtime_error for another, and where the sink cannot be read.
Verdict judge_sink(const std::string& address, const std::vector<LedgerMember>& ledger);

}  // namespace claimferry::sandbox
