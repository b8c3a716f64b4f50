// The files of an audit through the verifier, a line at a time.
#pragma once

#include <filesystem>

#include "common/audit/verifier.hpp"
#include "common/base/result.hpp"

namespace claimferry::audit {

// redis: as Verifier takes it. A half line at the very end is no flaw: it is being written, or what
// a crash left.
Result<VerifyReport> verify_files(const std::filesystem::path& directory,
                                  std::optional<Head> redis);

}  // namespace claimferry::audit
