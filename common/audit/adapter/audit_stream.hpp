// AuditStream: the port to what waits in Redis for the audit's files. Only the scheduler that leads
// drains it: every call carries its term; another's answers lease_lost ("not_leader") and has
// changed nothing.
#pragma once

#include "common/async/awaitable.hpp"
#include "common/audit/drain_plan.hpp"
#include "common/queue/adapter/queue_upkeep.hpp"

namespace claimferry::audit {

class AuditStream {
 public:
  virtual ~AuditStream() = default;
  // At most limits::script_items_max entries. Losses are counted in this step.
  virtual awaitable<Result<Batch>> read(queue::Term term) = 0;
  // Removes what is durable and moves the head, unless it moved since `known` was read.
  virtual awaitable<Result<void>> forget(queue::Term term, std::optional<Head> known,
                                         Drained durable) = 0;
};

// The head that Redis remembers, for whoever looks at the files; nothing where it remembers none.
class AuditHeadReader {
 public:
  virtual ~AuditHeadReader() = default;
  virtual awaitable<Result<std::optional<Head>>> head() = 0;
};

}  // namespace claimferry::audit
