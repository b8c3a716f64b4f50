#include "scheduler/audit_drain.hpp"

#include "common/base/limits.hpp"

namespace claimferry::scheduler {
namespace {

constexpr Duration refused_pause = std::chrono::seconds(5);

}  // namespace

awaitable<Result<bool>> AuditDrain::step(queue::Term term) {
  if (!trouble_.empty() && ports_.clock.steady() < try_again_) {
    co_return false;
  }
  auto batch = co_await ports_.stream.read(term);
  if (!batch) {
    co_return std::move(batch.failure());
  }
  tell_losses(*batch);
  if (batch->entries.empty() && batch->lost == 0) {
    co_return false;
  }
  const auto known = batch->known;
  const bool is_full = batch->entries.size() == limits::script_items_max;
  auto drained = co_await ports_.store.take(std::move(*batch));
  if (!drained) {
    refused(drained.failure());
    co_return false;
  }
  if (!trouble_.empty()) {
    trouble_.clear();
    ports_.observer.on(telemetry::AuditTrouble{"", "", true});
  }
  ports_.observer.on(telemetry::AuditDrained{drained->appended});
  // Found there already: what follows it waits yet.
  const bool more = is_full || drained->appended == 0;
  const auto forgotten = co_await ports_.stream.forget(std::move(term), known, std::move(*drained));
  if (!forgotten) {
    co_return forgotten.failure();
  }
  co_return more;
}

// A count below what was told is that of a Redis that lost everything.
void AuditDrain::tell_losses(const audit::Batch& batch) {
  const std::uint64_t before =
      batch.lost_in_all < losses_told_ ? 0 : std::max(losses_told_, batch.lost_in_all - batch.lost);
  if (batch.lost_in_all > before) {
    ports_.observer.on(telemetry::AuditLost{batch.lost_in_all - before});
  }
  losses_told_ = batch.lost_in_all;
}

void AuditDrain::refused(const Failure& failure) {
  try_again_ = ports_.clock.steady() + refused_pause;
  if (failure.code != trouble_) {
    trouble_ = failure.code;
    ports_.observer.on(telemetry::AuditTrouble{failure.code, failure.detail, false});
  }
}

}  // namespace claimferry::scheduler
