#include "worker/intake.hpp"

#include <algorithm>

#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

// Redis away: many workers come back at once, so the waits are spread.
constexpr Backoff redis_backoff{std::chrono::milliseconds(200), std::chrono::seconds(5),
                                std::chrono::milliseconds(50)};
constexpr Duration no_wait = Duration::zero();
// A delayed job that is due waits for the promoter's next round, not for us: asking more often
// would only load Redis.
constexpr Duration shortest_wait = std::chrono::milliseconds(100);

}  // namespace

awaitable<void> Intake::run() {
  while (!stopping_) {
    const auto used = running_.size();
    Duration wait = options_.poll;
    if (used < options_.slots) {
      wait = co_await claim(options_.slots - static_cast<unsigned>(used));
    }
    if (wait > no_wait && !stopping_) {
      co_await alarm_.wait(sleeper_, wait);
    }
  }
  ended_ = true;
}

awaitable<Duration> Intake::claim(unsigned free) {
  const auto count = std::min<unsigned>(free, static_cast<unsigned>(limits::script_items_max));
  queue::ClaimRequest request{options_.worker, count, options_.lease, open_payers_()};
  const SteadyTime sent = clock_.steady();
  auto reply = co_await queue_.claim(std::move(request));
  if (!reply) {
    co_return redis_backoff.delay(trouble_.begin(reply.failure()), random_);
  }
  trouble_.end();
  for (const JobId& job : reply->malformed) {
    observer_.on(telemetry::JobMalformed{job});
  }
  for (queue::Lease& lease : reply->leases) {
    observer_.on(telemetry::JobClaimed{lease.ref.job, to_string(lease.kind), to_string(lease.lane),
                                       lease.expires - options_.lease - lease.enqueued_at});
    start_(running_.add(std::move(lease), sent, sent + options_.lease));
  }
  const bool found_work = !reply->leases.empty() || !reply->unreadable.empty();
  co_await set_aside(std::move(reply->unreadable));
  if (found_work) {
    co_return no_wait;
  }
  const Duration soon = std::min(options_.poll, reply->next_in.value_or(options_.poll));
  co_return std::max(soon, shortest_wait);
}

// Ours by their leases, but not to be read by this release.
awaitable<void> Intake::set_aside(std::vector<queue::JobRef> unreadable) {
  for (const queue::JobRef& ref : unreadable) {
    queue::Settlement dead;
    dead.verdict = queue::Verdict::dead;
    dead.stage = Stage::intake;
    dead.code = "malformed_job";
    dead.detail = "its hash was not written by this release of claimferry; enqueue the work again";
    const queue::MemberUpdate update{options_.malformed_due_in};
    auto settled = co_await queue_.settle(ref, std::move(dead), update);
    if (settled) {
      observer_.on(telemetry::JobMalformed{ref.job});
    }
  }
}

}  // namespace claimferry::worker
