#include "worker/payer_requests.hpp"

#include <algorithm>

#include "common/base/backoff.hpp"

namespace claimferry::worker {
namespace {

// Without a Retry-After: DESIGN §6's backoff; a payer's shortest window is a second.
constexpr Backoff quiet{std::chrono::seconds(2), std::chrono::minutes(2), std::chrono::seconds(1)};
// How often a last send asks whether its time has come.
constexpr Duration last_send_pause = std::chrono::seconds(15);

bool is_stale(const Result<http::Response>& response) {
  return !response && response.failure().code == "connection_stale";
}

}  // namespace

awaitable<Result<PayerRequests::Turn>> PayerRequests::turn(Way way) {
  if (auto failure = barred(way)) {
    co_return std::move(*failure);
  }
  auto wait = take_permit();
  auto permit = co_await interruptible(way.job->stop, std::move(wait));
  if (!permit) {
    co_return std::move(permit.failure());
  }
  // While it waited, the payer may have asked for quiet, or the job been stopped.
  if (way.job->stop.requested()) {
    co_return way.job->stop.why();
  }
  if (auto failure = barred(way)) {
    co_return std::move(*failure);
  }
  const SteadyTime now = ports_.clock.steady();
  PayerHealth& health = health_of(way.payer);
  const MemberId member = way.job->lease.ref.member;
  if (way.is_last_send && !health.admits_last_send(way.endpoint, member, now)) {
    co_return Failure{FailureKind::retryable, "payer_down",
                      "the token endpoint fails; a refresh token's last use waits until it is over",
                      last_send_pause};
  }
  if (!health.admit(way.endpoint, member, now)) {
    const Duration wait_for = std::max(health.closed_for(way.endpoint, now), Duration(1'000));
    co_return Failure{FailureKind::retryable, "payer_down",
                      "the payer fails for everybody; single requests ask when it is over",
                      wait_for};
  }
  co_return Turn(std::move(*permit), health, way.endpoint, member, ports_.clock);
}

awaitable<Result<Permits::Permit>> PayerRequests::take_permit() {
  auto permit = co_await permits_.take();
  if (!permit) {
    co_return Failure{FailureKind::retryable, "cancelled", "the wait for a turn was cut short"};
  }
  co_return std::move(permit);
}

// Before a wait and after it: a request that is barred must not queue for a permit.
std::optional<Failure> PayerRequests::barred(const Way& way) {
  const SteadyTime now = ports_.clock.steady();
  if (const Duration quiet_for = way.payer.gate.remaining(now); quiet_for > Duration::zero()) {
    return Failure{FailureKind::rate_limited, "payer_blocked", "the payer asked for quiet",
                   quiet_for};
  }
  const Duration closed_for = health_of(way.payer).closed_for(way.endpoint, now);
  if (closed_for > Duration::zero()) {
    return Failure{FailureKind::retryable, "payer_down",
                   "the payer fails for everybody; single requests ask when it is over",
                   closed_for};
  }
  return std::nullopt;
}

awaitable<Result<http::Response>> PayerRequests::send(Way way, Turn turn, http::Request request) {
  auto work = exchange(way, std::move(request));
  const bool may_be_cut = way.endpoint != fhir::Endpoint::token;
  Result<http::Response> response = Failure{};
  if (may_be_cut) {
    response = co_await interruptible(way.job->stop, std::move(work));
  } else {
    response = co_await std::move(work);
  }
  turn.use();  // not before: what throws on the way leaves the turn to its destructor
  note(way, response);
  if (!response && response.failure().kind == FailureKind::rate_limited) {
    co_return co_await hold(way, std::move(response.failure()));
  }
  co_return response;
}

awaitable<Result<void>> PayerRequests::knock(Way way, http::Request request) {
  auto turn = co_await this->turn(way);
  if (!turn) {
    co_return std::move(turn.failure());
  }
  auto work = ask(way, std::move(request));
  auto response = co_await interruptible(way.job->stop, std::move(work));
  const fhir::Context context{way.endpoint, way.is_next_link, ports_.clock.wall()};
  std::optional<Failure> failure =
      response ? fhir::classify(*response, context) : std::optional<Failure>(response.failure());
  turn->use();
  // Whatever it says of the request itself shows that it serves, but not that it knows us.
  const bool serves = response && response->status != 401 &&
                      !(failure && (failure->kind == FailureKind::retryable ||
                                    failure->kind == FailureKind::rate_limited));
  if (serves) {
    const bool was_open = health_of(way.payer).is_open();
    health_of(way.payer).knocked(way.endpoint);
    tell_breaker(way, was_open);
    co_return Result<void>();
  }
  note(way, *failure);
  if (failure->kind == FailureKind::rate_limited) {
    co_return co_await hold(way, std::move(*failure));
  }
  co_return std::move(*failure);
}

awaitable<Result<http::Response>> PayerRequests::exchange(Way way, http::Request request) {
  auto response = co_await ask(way, std::move(request));
  if (!response) {
    co_return std::move(response.failure());
  }
  const fhir::Context context{way.endpoint, way.is_next_link, ports_.clock.wall()};
  if (auto failure = fhir::classify(*response, context)) {
    co_return std::move(*failure);
  }
  co_return response;
}

// A GET that met a connection which the payer had closed leaves once more, on a new one.
awaitable<Result<http::Response>> PayerRequests::ask(Way way, http::Request request) {
  std::optional<http::Request> again;
  if (request.method == http::Method::get) {
    again = request;
  }
  const SteadyTime give_up_at = ports_.clock.steady() + request.deadline;
  auto response = co_await leave(way, std::move(request));
  if (is_stale(response) && again && !way.job->stop.requested()) {
    again->deadline = std::chrono::floor<Duration>(give_up_at - ports_.clock.steady());
    response = co_await leave(way, std::move(*again));
  }
  if (is_stale(response)) {
    response.failure().code = "connection_lost";
  }
  co_return response;
}

// Every request that leaves this process for a payer passes here, once for each time it leaves.
awaitable<Result<http::Response>> PayerRequests::leave(Way way, http::Request request) {
  const PayerName payer = way.payer.config.name;
  const SteadyTime sent = ports_.clock.steady();
  ports_.observer.on(telemetry::RequestStarted{payer});
  auto response = co_await ports_.http.send(std::move(request));
  const auto took = std::chrono::duration_cast<Duration>(ports_.clock.steady() - sent);
  telemetry::RequestDone done{payer, to_string(way.endpoint), 0, "", took, 0};
  if (response) {
    done.status = response->status;
    done.received_bytes = response->wire_bytes;
  } else {
    done.code = response.failure().code;
  }
  ports_.observer.on(std::move(done));
  co_return response;
}

void PayerRequests::note(const Way& way, const Result<http::Response>& response) {
  PayerHealth& health = health_of(way.payer);
  const MemberId& member = way.job->lease.ref.member;
  const bool was_open = health.is_open();
  const SteadyTime now = ports_.clock.steady();
  if (response) {
    way.payer.gate.answered();
    health.answered(way.endpoint, now);
  } else if (const FailureKind kind = response.failure().kind;
             way.job->stop.requested() || kind == FailureKind::rate_limited ||
             kind == FailureKind::local || kind == FailureKind::resource_refused) {
    health.told_nothing(way.endpoint, member, now);
  } else {
    health.failed(way.endpoint, kind, member, now);
  }
  tell_breaker(way, was_open);
}

void PayerRequests::refused(const Way& way) {
  PayerHealth& health = health_of(way.payer);
  const bool was_open = health.is_open();
  health.failed(way.endpoint, FailureKind::resource_refused, way.job->lease.ref.member,
                ports_.clock.steady());
  tell_breaker(way, was_open);
}

void PayerRequests::tell_breaker(const Way& way, bool was_open) {
  const bool is_open = health_of(way.payer).is_open();
  if (was_open != is_open) {
    ports_.observer.on(telemetry::BreakerMoved{way.payer.config.name, is_open});
  }
}

// A 429 stops this process at once and the fleet's claims through Redis. One that asks for no time,
// or for none at all, gets a growing pause.
awaitable<Failure> PayerRequests::hold(Way way, Failure failure) {
  PayerGate& gate = way.payer.gate;
  const SteadyTime now = ports_.clock.steady();
  const unsigned bursts = gate.count_burst(now);
  if (failure.retry_after.value_or(Duration::zero()) <= Duration::zero()) {
    failure.retry_after = quiet.delay(bursts, ports_.random);
  }
  gate.block(now + *failure.retry_after);
  const PayerName payer = way.payer.config.name;
  ports_.observer.on(
      telemetry::RateLimited{payer, to_string(way.job->lease.lane), *failure.retry_after});
  // Best effort: without Redis nobody claims anyway.
  auto blocked = co_await ports_.queue.block_payer(payer, *failure.retry_after);
  static_cast<void>(blocked);
  co_return failure;
}

}  // namespace claimferry::worker
