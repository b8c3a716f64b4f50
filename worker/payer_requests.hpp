// PayerRequests: the one way to a payer, for token refreshes and pages alike. First a turn (the
// payer asks for no quiet, its breaker lets the request through, the fleet's quota gave a permit,
// the cap on requests in flight has room), then the request; every answer that is not a 200 becomes
// a Failure here, and a 429 holds the process and the fleet. What a failure leads to is
// common/queue/disposition.hpp's business.
#pragma once

#include <map>
#include <utility>

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/http/client.hpp"
#include "common/quota/adapter/departure.hpp"
#include "common/telemetry/event.hpp"
#include "worker/payer.hpp"
#include "worker/payer_health.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class PayerRequests {
 public:
  struct Ports {
    Executor executor;
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    quota::FleetQuota& quota;
    http::Client& http;
    telemetry::Observer& observer;
  };
  // shard: a name of its own in the fleet.
  PayerRequests(Ports ports, std::string shard, unsigned requests_in_flight_max)
      : ports_(std::move(ports)),
        departure_({ports_.clock, ports_.http, ports_.observer}),
        shard_(std::move(shard)),
        in_flight_(requests_in_flight_max) {}

  // Where a request goes and whose it is.
  struct Way {
    std::shared_ptr<RunningJob> job;
    Payer& payer;
    fhir::Endpoint endpoint;
    bool is_next_link = false;
    bool is_last_send = false;      // of a refresh token: not to be spent on an endpoint that fails
    bool is_knock = false;          // it carries nothing
    bool has_other_secret = false;  // that our client is refused proves nothing yet
  };
  // The right to send one request now; given back when it goes, used or not.
  class Turn {
   public:
    Turn(quota::PayerQuota::Turn permit, PayerHealth& health, fhir::Endpoint endpoint,
         MemberId member, const Clock& clock)
        : permit_(std::move(permit)),
          health_(&health),
          endpoint_(endpoint),
          member_(std::move(member)),
          clock_(&clock) {}
    Turn(Turn&& other) noexcept
        : permit_(std::move(other.permit_)),
          health_(std::exchange(other.health_, nullptr)),
          endpoint_(other.endpoint_),
          member_(std::move(other.member_)),
          clock_(other.clock_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (health_ != nullptr) {
        health_->told_nothing(endpoint_, member_, clock_->steady());
      }
    }
    void use() noexcept { health_ = nullptr; }  // its request will tell
    // Its request does not leave: whoever waits looks again. A turn that just goes, because its
    // coroutine does, wakes nobody.
    void drop() { permit_.finish(); }
    quota::PayerQuota::Turn take_permit() noexcept { return std::move(permit_); }

   private:
    quota::PayerQuota::Turn permit_;
    PayerHealth* health_;
    fhir::Endpoint endpoint_;
    MemberId member_;
    const Clock* clock_;
  };

  // Waits for its permit, also through a short quiet; ends early when the job is stopped. Failures:
  // rate_limited "payer_blocked" (a longer quiet), "quota_wait"; local (Redis gives no permits);
  // retryable "payer_down" (the breaker is open: disposition counts no attempt).
  awaitable<Result<Turn>> turn(Way way);
  // A stop ends a page's read at once; a token's refresh is carried to its end.
  awaitable<Result<http::Response>> send(Way way, Turn turn, http::Request request);

  // Asks the way's endpoint something that costs nobody anything. Any answer but a failure of the
  // payer's own, or a 401, shows that it serves again; failures as of turn() and send().
  awaitable<Result<void>> knock(Way way, http::Request request);

  // As it stands by what this shard met and the fleet announced.
  PayerHealth& health_of(const Payer& payer);
  // Tells of a refusal that came in spite of a fresh token.
  void refused(const Way& way);

 private:
  std::optional<Failure> barred(const Way& way);
  std::optional<Failure> not_admitted(const Way& way);
  awaitable<quota::Asked> ask(Way way, Turn turn, http::Request request);
  awaitable<quota::Asked> leave(Way way, quota::PayerQuota::Turn permit, http::Request request);
  void note(const Way& way, const std::optional<Failure>& failure);
  awaitable<std::optional<Failure>> may_probe(Way way);
  // How the breaker stood before something was learned.
  struct Before {
    quota::Barred barred;
    bool was_probe;
  };
  Before before(const Way& way);
  void tell_breaker(const Way& way, Before stood);
  awaitable<void> tell_fleet(Way way, quota::BreakerWord word, quota::Barred barred);
  awaitable<Failure> hold(Way way, Failure failure, std::uint64_t epoch);
  quota::PayerQuota& quota_of(const Way& way);

  Ports ports_;
  quota::Departure departure_;
  std::string shard_;
  quota::InFlightCap in_flight_;
  std::map<PayerName, PayerHealth> health_;
  std::map<PayerName, quota::PayerQuota> quotas_;
};

}  // namespace claimferry::worker
