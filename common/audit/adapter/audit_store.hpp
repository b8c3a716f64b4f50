// AuditStore: the port to the durable audit. A step takes what waits in Redis and answers when it
// is durable; what it answers may be forgotten there. Its failures are AuditDirectory's.
#pragma once

#include "common/async/awaitable.hpp"
#include "common/audit/drain_plan.hpp"
#include "common/base/result.hpp"

namespace claimferry::audit {

class AuditStore {
 public:
  virtual ~AuditStore() = default;
  virtual awaitable<Result<Drained>> take(Batch batch) = 0;
};

}  // namespace claimferry::audit
