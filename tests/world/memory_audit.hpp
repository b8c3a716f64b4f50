// MemoryAudit: the durable audit in memory, for the simulated world: the same plan and the same
// chain as the files', held to what the verifier says of it.
#pragma once

#include <vector>

#include "common/audit/adapter/audit_store.hpp"
#include "common/audit/verifier.hpp"

namespace claimferry::world {

class MemoryAudit {
 public:
  Result<audit::Drained> take(const audit::Batch& batch);
  const std::vector<audit::Record>& records() const noexcept { return records_; }
  audit::VerifyReport verify(std::optional<audit::Head> redis) const;

 private:
  std::vector<std::string> lines_;
  std::vector<audit::Record> records_;  // the same, read
};

}  // namespace claimferry::world
