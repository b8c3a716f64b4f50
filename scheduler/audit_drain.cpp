#include "scheduler/audit_drain.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/async/alarm.hpp"
#include "common/base/limits.hpp"

namespace claimferry::scheduler {
namespace {

constexpr Duration refused_pause = std::chrono::seconds(5);
// Of a step for the store: long beside an fsync, short beside a lead.
constexpr Duration patience = std::chrono::milliseconds(250);
constexpr Duration stalled_after = std::chrono::seconds(10);

}  // namespace

// A batch in the store's hands. It lives as long as the store has it, not as the drain.
struct AuditDrain::Taking {
  queue::Term term;  // under which it was read
  std::optional<audit::Head> known;
  bool is_full;
  SteadyTime since;
  std::optional<Result<audit::Drained>> answer;
  Alarm answered;
};

awaitable<Result<bool>> AuditDrain::step(queue::Term term) {
  if (!taking_) {
    auto begun = co_await begin(term);
    if (!begun || !*begun) {
      co_return begun;
    }
  }
  if (!taking_->answer) {
    if (ports_.clock.steady() - taking_->since >= stalled_after) {
      refused(
          {FailureKind::local, "audit_stalled", "the audit's files have not answered for 10 s"});
    }
    co_return false;
  }
  auto taking = std::exchange(taking_, nullptr);
  co_return co_await finish(std::move(term), std::move(taking));
}

// Answers whether the store was handed anything.
awaitable<Result<bool>> AuditDrain::begin(queue::Term term) {
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
  const bool is_full = batch->entries.size() == limits::script_items_max;
  auto taking = std::make_shared<Taking>(std::move(term), batch->known, is_full,
                                         ports_.clock.steady(), std::nullopt);
  taking_ = taking;
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::co_spawn(executor, hand_over(&ports_.store, taking, std::move(*batch)),
                        [](std::exception_ptr error) {
                          if (error) {
                            std::rethrow_exception(error);
                          }
                        });
  co_await taking->answered.wait(ports_.sleeper, patience);
  co_return true;
}

awaitable<void> AuditDrain::hand_over(audit::AuditStore* store, std::shared_ptr<Taking> taking,
                                      audit::Batch batch) {
  auto answer = co_await store->take(std::move(batch));
  taking->answer.emplace(std::move(answer));
  taking->answered.ring();
}

awaitable<Result<bool>> AuditDrain::finish(queue::Term term, std::shared_ptr<Taking> taking) {
  auto& drained = *taking->answer;
  if (!drained) {
    refused(drained.failure());
    co_return false;
  }
  over();
  ports_.observer.on(telemetry::AuditDrained{drained->appended});
  if (term.number != taking->term.number) {
    co_return true;  // the lead was another's meanwhile: the next step finds the lines there
  }
  // Found there already: what follows it waits yet.
  const bool more = taking->is_full || drained->appended == 0;
  const auto forgotten =
      co_await ports_.stream.forget(std::move(term), taking->known, std::move(*drained));
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

void AuditDrain::over() {
  if (!trouble_.empty()) {
    trouble_.clear();
    ports_.observer.on(telemetry::AuditTrouble{"", "", true});
  }
}

}  // namespace claimferry::scheduler
