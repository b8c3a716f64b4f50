// AuditDrain: while its scheduler leads, carries the audit's entries from Redis into the durable
// store, and only then has Redis forget them. What the store refuses is told once and tried again
// every few seconds, and a store that hangs is waited for elsewhere, a short while at each
// batch: neither holds up anything else, and nothing is forgotten meanwhile.
#pragma once

#include <memory>

#include "common/async/sleeper.hpp"
#include "common/audit/adapter/audit_store.hpp"
#include "common/audit/adapter/audit_stream.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::scheduler {

class AuditDrain {
 public:
  struct Ports {
    const Clock& clock;
    Sleeper& sleeper;
    audit::AuditStream& stream;
    audit::AuditStore& store;  // outlives what it was handed, also when the drain is gone
    telemetry::Observer& observer;
  };
  explicit AuditDrain(Ports ports) : ports_(ports) {}

  // One step: answers whether more waits. It hands the store one batch and waits 250 ms for it at
  // most; as long as that one is not answered, later steps look and go. Failures are Redis' alone.
  awaitable<Result<bool>> step(queue::Term term);

 private:
  struct Taking;
  awaitable<Result<bool>> begin(queue::Term term);
  awaitable<Result<bool>> finish(queue::Term term, std::shared_ptr<Taking> taking);
  static awaitable<void> hand_over(audit::AuditStore* store, std::shared_ptr<Taking> taking,
                                   audit::Batch batch);
  void tell_losses(const audit::Batch& batch);
  void refused(const Failure& failure);
  void over();

  Ports ports_;
  std::shared_ptr<Taking> taking_;  // what the store has in hand
  std::uint64_t losses_told_ = 0;
  std::string trouble_;  // the code that was told; empty: none
  SteadyTime try_again_{};
};

}  // namespace claimferry::scheduler
