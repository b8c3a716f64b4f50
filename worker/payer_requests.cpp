#include "worker/payer_requests.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>

#include "common/async/rethrow.hpp"
#include "common/base/assert.hpp"

namespace claimferry::worker {

using quota::Asked;

namespace {

// How often a last send asks whether its time has come.
constexpr Duration last_send_pause = std::chrono::seconds(15);
constexpr Duration shortest_deadline = std::chrono::seconds(5);
// Beside the request itself, what a probe takes until its outcome is told.
constexpr Duration probe_settles_within = std::chrono::seconds(5);

Failure payer_down(Duration closed_for) {
  return {FailureKind::retryable, "payer_down",
          "the payer fails for everybody; single requests ask when it is over", closed_for};
}

// A knock's. Whatever a token endpoint says of the request shows that it serves, but not that it
// knows us; what only stands in its place would take a refresh token for nothing.
bool shows_service(const Asked& asked) noexcept {
  if (!asked.failure || asked.failure->kind == FailureKind::reconsent_required) {
    return true;
  }
  const Failure& failure = *asked.failure;
  return failure.kind == FailureKind::payer_refused && failure.code != "client_refused" &&
         (failure.code == "http_400" || fhir::proves_token_unused(failure));
}

quota::Use use_of(const PayerRequests::Way& way) noexcept {
  if (way.endpoint == fhir::Endpoint::token) {
    return quota::Use::token;
  }
  switch (way.job->lease.lane) {
    case queue::Lane::urgent:
      return quota::Use::urgent;
    case queue::Lane::routine:
      return quota::Use::routine;
    case queue::Lane::backfill:
      return quota::Use::backfill;
  }
  CLAIMFERRY_ASSERT(false);
}

}  // namespace

quota::PayerQuota& PayerRequests::quota_of(const Way& way) {
  const PayerName& name = way.payer.config.name;
  const auto found = quotas_.find(name);
  if (found != quotas_.end()) {
    return found->second;
  }
  const quota::PayerQuota::Ports ports{ports_.executor, ports_.clock, ports_.random,
                                       ports_.sleeper,  ports_.quota, ports_.observer};
  quota::PayerQuota::Options options{name, way.payer.quota_profile(), shard_};
  return quotas_
      .try_emplace(name, ports, std::move(options), std::ref(way.payer.gate), std::ref(in_flight_))
      .first->second;
}

awaitable<Result<PayerRequests::Turn>> PayerRequests::turn(Way way) {
  if (auto failure = barred(way)) {
    co_return std::move(*failure);
  }
  auto wait = quota_of(way).take(use_of(way));
  auto permit = co_await interruptible(way.job->stop, std::move(wait));
  if (!permit) {
    co_return std::move(permit.failure());
  }
  // While it waited, the payer may have failed, or the job been stopped.
  auto failure = way.job->stop.requested() ? std::optional(way.job->stop.why()) : barred(way);
  if (!failure) {
    failure = not_admitted(way);
  }
  if (failure) {
    permit->finish();
    co_return std::move(*failure);
  }
  PayerHealth& health = health_of(way.payer);
  const MemberId member = way.job->lease.ref.member;
  Turn turn(std::move(*permit), health, way.endpoint, member, ports_.clock);
  if (health.is_probe(way.endpoint, member)) {
    if (auto too_early = co_await may_probe(way)) {
      turn.drop();
      co_return std::move(*too_early);
    }
  }
  co_return std::move(turn);
}

// Admitted, it is the probe where the breaker is open.
std::optional<Failure> PayerRequests::not_admitted(const Way& way) {
  const SteadyTime now = ports_.clock.steady();
  PayerHealth& health = health_of(way.payer);
  const MemberId& member = way.job->lease.ref.member;
  if (way.is_last_send && !health.admits_last_send(way.endpoint, member, now)) {
    return Failure{FailureKind::retryable, "payer_down",
                   "the token endpoint fails; a refresh token's last use waits until it is over",
                   last_send_pause};
  }
  if (!health.admit(way.endpoint, member, now)) {
    return payer_down(std::max(health.closed_for(way.endpoint, now), Duration(1'000)));
  }
  return std::nullopt;
}

// Half-open, one request of the whole fleet asks at a time. Where the fleet's breaker is closed the
// trouble is this shard's own, and so is the probe.
awaitable<std::optional<Failure>> PayerRequests::may_probe(Way way) {
  const Duration probe_for = way.payer.config.request_timeout + probe_settles_within;
  PayerHealth& health = health_of(way.payer);
  auto told = co_await ports_.quota.breaker(way.payer.config.name, quota::BreakerWord::probe,
                                            shard_, health.barred(), probe_for);
  const SteadyTime now = ports_.clock.steady();
  if (!told) {
    health.put_off(now + probe_settles_within);
    co_return std::move(told.failure());
  }
  way.payer.gate.breaker().renew(told->breaker, now);
  if (told->may_probe || told->breaker.barred == quota::Barred::nothing) {
    co_return std::nullopt;
  }
  const Duration wait = std::max(told->breaker.next_probe_in, Duration(1'000));
  health.put_off(now + wait);
  co_return payer_down(wait);
}

PayerHealth& PayerRequests::health_of(const Payer& payer) {
  PayerHealth& health = health_[payer.config.name];
  const bool was_open = health.is_open();
  health.follow(payer.gate.breaker().last());
  if (was_open != health.is_open()) {
    ports_.observer.on(telemetry::BreakerMoved{payer.config.name, health.is_open()});
  }
  return health;
}

// Before a wait and after it: a request that is barred must not queue for a permit.
std::optional<Failure> PayerRequests::barred(const Way& way) {
  const Duration closed_for = health_of(way.payer).closed_for(way.endpoint, ports_.clock.steady());
  if (closed_for > Duration::zero()) {
    return payer_down(closed_for);
  }
  return std::nullopt;
}

awaitable<Result<http::Response>> PayerRequests::send(Way way, Turn turn, http::Request request) {
  Asked asked = co_await ask(way, std::move(turn), std::move(request));
  if (asked.is_refusal()) {  // first of all: others are about to send
    asked.failure = co_await hold(way, std::move(*asked.failure), asked.epoch);
  }
  note(way, asked.failure);
  if (!asked.failure) {
    co_return std::move(asked.response);
  }
  co_return std::move(*asked.failure);
}

awaitable<Result<void>> PayerRequests::knock(Way way, http::Request request) {
  auto turn = co_await this->turn(way);
  if (!turn) {
    co_return std::move(turn.failure());
  }
  Asked asked = co_await ask(way, std::move(*turn), std::move(request));
  if (shows_service(asked)) {
    const Before stood = before(way);
    health_of(way.payer).knocked(way.endpoint);
    tell_breaker(way, stood);
    co_return Result<void>();
  }
  if (asked.is_refusal()) {
    asked.failure = co_await hold(way, std::move(*asked.failure), asked.epoch);
  }
  note(way, asked.failure);
  co_return std::move(*asked.failure);
}

// One request, at most twice: a GET that met a connection which the payer had closed leaves once
// more, with a permit of its own.
awaitable<Asked> PayerRequests::ask(Way way, Turn turn, http::Request request) {
  std::optional<http::Request> again;
  if (request.method == http::Method::get) {
    again = request;
  }
  const SteadyTime give_up_at = ports_.clock.steady() + request.deadline;
  Asked asked = co_await leave(way, turn.take_permit(), std::move(request));
  if (asked.is_stale() && again && !way.job->stop.requested()) {
    auto wait = quota_of(way).take(use_of(way));
    auto permit = co_await interruptible(way.job->stop, std::move(wait));
    if (permit) {
      const auto left = std::chrono::floor<Duration>(give_up_at - ports_.clock.steady());
      again->deadline = std::max(left, shortest_deadline);  // the permit's wait was not its own
      asked = co_await leave(way, std::move(*permit), std::move(*again));
    } else {
      asked.failure = permit.failure();  // of ours: the payer is not to blame
      asked.response = std::move(permit.failure());
    }
  }
  if (asked.is_stale()) {
    asked.failure->code = "connection_lost";
  }
  turn.use();  // not before: what throws on the way leaves the turn to its destructor
  co_return asked;
}

// Every request that leaves this process for a payer passes here, once for each time it leaves. A
// refresh is carried to its end; what carries nothing, or only reads, may be cut short.
awaitable<Asked> PayerRequests::leave(Way way, quota::PayerQuota::Turn permit,
                                      http::Request request) {
  const bool may_be_cut = request.method == http::Method::get || way.is_knock;
  StopSource* const stop = may_be_cut ? &way.job->stop : nullptr;
  quota::Departure::Way to{way.payer.config.name, way.endpoint, way.is_next_link};
  co_return co_await departure_.leave(std::move(to), &quota_of(way), std::move(permit),
                                      std::move(request), stop);
}

void PayerRequests::note(const Way& way, const std::optional<Failure>& failure) {
  PayerHealth& health = health_of(way.payer);
  const MemberId& member = way.job->lease.ref.member;
  const Before stood = before(way);
  const SteadyTime now = ports_.clock.steady();
  if (!failure) {
    health.answered(way.endpoint, now);
  } else if (const FailureKind kind = failure->kind;
             way.job->stop.requested() ||
             (way.has_other_secret && failure->code == "client_refused") ||
             kind == FailureKind::rate_limited || kind == FailureKind::local ||
             kind == FailureKind::resource_refused) {
    health.told_nothing(way.endpoint, member, now);
  } else {
    health.failed(way.endpoint, kind, member, now);
  }
  tell_breaker(way, stood);
}

void PayerRequests::refused(const Way& way) {
  const Before stood = before(way);
  health_of(way.payer).failed(way.endpoint, FailureKind::resource_refused,
                              way.job->lease.ref.member, ports_.clock.steady());
  tell_breaker(way, stood);
}

PayerRequests::Before PayerRequests::before(const Way& way) {
  const PayerHealth& health = health_of(way.payer);
  return {health.barred(), health.is_probe(way.endpoint, way.job->lease.ref.member)};
}

// The fleet is told beside, never before: an answer may hold a token that is to be stored.
void PayerRequests::tell_breaker(const Way& way, Before stood) {
  using quota::Barred;
  const Barred barred = health_[way.payer.config.name].barred();
  const bool fleet_is_open = way.payer.gate.breaker().last().barred != Barred::nothing;
  const bool was_open = stood.barred != Barred::nothing;
  const bool is_open = barred != Barred::nothing;
  if (was_open != is_open) {
    ports_.observer.on(telemetry::BreakerMoved{way.payer.config.name, is_open});
  }
  std::optional<quota::BreakerWord> word;
  if (was_open && !is_open) {
    word = quota::BreakerWord::closed;
  } else if (is_open && barred != stood.barred) {
    word = quota::BreakerWord::open;
  } else if (is_open && stood.was_probe) {
    word = fleet_is_open ? quota::BreakerWord::lost : quota::BreakerWord::open;
  }
  if (word) {
    boost::asio::co_spawn(ports_.executor, tell_fleet(way, *word, barred), rethrow);
  }
}

// Without Redis nobody gets permits anyway.
awaitable<void> PayerRequests::tell_fleet(Way way, quota::BreakerWord word, quota::Barred barred) {
  const Duration probe_for = way.payer.config.request_timeout;
  auto told = co_await ports_.quota.breaker(way.payer.config.name, word, shard_, barred, probe_for);
  if (told) {
    way.payer.gate.breaker().renew(told->breaker, ports_.clock.steady());
  }
}

// A 429 stops this process at once and the fleet by its quota.
awaitable<Failure> PayerRequests::hold(Way way, Failure failure, std::uint64_t epoch) {
  const bool is_limit = failure.code == "http_429";  // a 503 says nothing of what it grants
  failure.retry_after = co_await quota_of(way).refused(epoch, failure.retry_after, is_limit);
  ports_.observer.on(telemetry::RateLimited{way.payer.config.name, to_string(way.job->lease.lane),
                                            *failure.retry_after});
  co_return failure;
}

}  // namespace claimferry::worker
