#include "scheduler/enroll/payer_access.hpp"

#include <boost/asio/co_spawn.hpp>

#include "common/async/interruptible.hpp"
#include "common/async/rethrow.hpp"

namespace claimferry::enroll {

using quota::Asked;

namespace {

Asked not_asked(const Failure& why) {
  return {why, why, 0};
}

// Stops what still goes on by then.
awaitable<void> stop_after(Sleeper& sleeper, std::weak_ptr<StopSource> source, Duration patience) {
  co_await sleeper.sleep(patience);
  if (const auto stop = source.lock()) {
    stop->request({FailureKind::rate_limited, "quota_wait",
                   "the payer's limit left no room for this sign-in"});
  }
}

}  // namespace

void PayerAccess::add_payer(const config::PayerConfig& profile) {
  auto line = std::make_shared<Line>();
  const quota::PayerQuota::Ports ports{ports_.executor, ports_.clock, ports_.random,
                                       ports_.sleeper,  ports_.quota, ports_.observer};
  quota::PayerQuota::Options options{profile.name,
                                     {profile.quota_rate, profile.quota_burst, profile.quota_floor,
                                      profile.quota_ceiling, profile.quota_backfill_share},
                                     shard_};
  line->quota =
      std::make_unique<quota::PayerQuota>(ports, std::move(options), line->gate, in_flight_);
  lines_.insert_or_assign(profile.name, std::move(line));
}

quota::PayerGate* PayerAccess::gate_of(const PayerName& payer) {
  const auto found = lines_.find(payer);
  return found == lines_.end() ? nullptr : &found->second->gate;
}

awaitable<Asked> PayerAccess::ask(quota::Departure::Way way, http::Request request,
                                  SteadyTime give_up_at) {
  const auto found = lines_.find(way.payer);
  if (found == lines_.end()) {
    const Failure unknown{FailureKind::permanent, "unknown_payer",
                          "no such payer is configured here"};
    co_return not_asked(unknown);
  }
  const std::shared_ptr<Line> line = found->second;
  Asked asked = co_await leave(way, line, request, give_up_at);
  if (asked.is_stale() && request.method == http::Method::get) {
    asked = co_await leave(way, line, std::move(request), give_up_at);
  }
  if (asked.is_refusal()) {
    Failure& refusal = *asked.failure;
    const bool is_limit = refusal.code == "http_429";  // a 503 says nothing of what it grants
    refusal.retry_after = co_await line->quota->refused(asked.epoch, refusal.retry_after, is_limit);
  }
  co_return asked;
}

awaitable<Asked> PayerAccess::leave(quota::Departure::Way way, std::shared_ptr<Line> line,
                                    http::Request request, SteadyTime give_up_at) {
  auto permit = co_await turn(line, give_up_at);
  if (!permit) {
    co_return not_asked(permit.failure());
  }
  request.deadline = std::chrono::ceil<Duration>(give_up_at - ports_.clock.steady());
  co_return co_await departure_.leave(std::move(way), line->quota.get(), std::move(*permit),
                                      std::move(request), nullptr);
}

// Whoever waits longer has left the page.
awaitable<Result<quota::PayerQuota::Turn>> PayerAccess::turn(std::shared_ptr<Line> line,
                                                             SteadyTime give_up_at) {
  const auto stop = std::make_shared<StopSource>();
  const auto left = std::chrono::floor<Duration>(give_up_at - ports_.clock.steady());
  boost::asio::co_spawn(ports_.executor, stop_after(ports_.sleeper, stop, left), rethrow);
  // Not among refreshes, of which thousands may wait.
  auto wait = line->quota->take(quota::Use::urgent);
  co_return co_await interruptible(*stop, std::move(wait));
}

}  // namespace claimferry::enroll
