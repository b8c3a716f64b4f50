// The judge of an NDJSON sink: reads its finished segments by the reader's rule. It has no tables:
// the bytes of a resource are right or wrong, and so are the amounts in them.
#pragma once

#include "tests/sandbox/judge/judge.hpp"

namespace claimferry::sandbox {

// Throws std::runtime_error when the segments cannot be read.
Verdict judge_ndjson(const std::string& directory, const std::vector<LedgerMember>& ledger);

}  // namespace claimferry::sandbox
