// AuditDrain: while its scheduler leads, carries the audit's entries from Redis into the durable
// store, and only then has Redis forget them. What the store refuses is told once and tried again
// every few seconds: it holds up nothing else, and nothing is forgotten meanwhile.
#pragma once

#include "common/audit/adapter/audit_store.hpp"
#include "common/audit/adapter/audit_stream.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::scheduler {

class AuditDrain {
 public:
  struct Ports {
    const Clock& clock;
    audit::AuditStream& stream;
    audit::AuditStore& store;
    telemetry::Observer& observer;
  };
  explicit AuditDrain(Ports ports) : ports_(ports) {}

  // One step: answers whether more waits. Failures are Redis' alone.
  awaitable<Result<bool>> step(queue::Term term);

 private:
  void tell_losses(const audit::Batch& batch);
  void refused(const Failure& failure);

  Ports ports_;
  std::uint64_t losses_told_ = 0;
  std::string trouble_;  // the code that was told; empty: none
  SteadyTime try_again_{};
};

}  // namespace claimferry::scheduler
