// PayerRequests: the one way to a payer, for token refreshes and pages alike. First a turn (the
// payer asks for no quiet, its breaker lets the request through, the cap on requests in flight has
// room), then the request; every answer that is not a 200 becomes a Failure here, and a 429 holds
// the process and the fleet. What a failure leads to is common/queue/disposition.hpp's business.
#pragma once

#include <map>
#include <utility>

#include "common/async/permits.hpp"
#include "common/base/random.hpp"
#include "common/http/client.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "worker/payer.hpp"
#include "worker/payer_health.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class PayerRequests {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    queue::JobQueue& queue;
    http::Client& http;
    telemetry::Observer& observer;
  };
  PayerRequests(Ports ports, unsigned requests_in_flight_max)
      : ports_(ports), permits_(requests_in_flight_max) {}

  // Where a request goes and whose it is.
  struct Way {
    std::shared_ptr<RunningJob> job;
    Payer& payer;
    fhir::Endpoint endpoint;
    bool is_next_link = false;
    bool is_last_send = false;  // of a refresh token: not to be spent on an endpoint that fails
  };
  // The right to send one request now; given back when it goes, used or not.
  class Turn {
   public:
    Turn(Permits::Permit permit, PayerHealth& health, fhir::Endpoint endpoint, MemberId member,
         const Clock& clock)
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

   private:
    Permits::Permit permit_;
    PayerHealth* health_;
    fhir::Endpoint endpoint_;
    MemberId member_;
    const Clock* clock_;
  };

  // Ends early when the job is stopped. Failures: rate_limited "payer_blocked", retryable
  // "payer_down" (the breaker is open: disposition counts no attempt).
  awaitable<Result<Turn>> turn(Way way);
  // A stop ends a page's read at once; a token's refresh is carried to its end.
  awaitable<Result<http::Response>> send(Way way, Turn turn, http::Request request);

  // Asks the way's endpoint something that costs nobody anything. Any answer but a failure of the
  // payer's own, or a 401, shows that it serves again; failures as of turn() and send().
  awaitable<Result<void>> knock(Way way, http::Request request);

  PayerHealth& health_of(const Payer& payer) { return health_[payer.config.name]; }
  // Tells of a refusal that came in spite of a fresh token.
  void refused(const Way& way);

 private:
  std::optional<Failure> barred(const Way& way);
  awaitable<Result<Permits::Permit>> take_permit();
  awaitable<Result<http::Response>> ask(Way way, http::Request request);
  awaitable<Result<http::Response>> leave(Way way, http::Request request);
  awaitable<Result<http::Response>> exchange(Way way, http::Request request);
  void note(const Way& way, const Result<http::Response>& response);
  awaitable<Failure> hold(Way way, Failure failure);
  void tell_breaker(const Way& way, bool was_open);

  Ports ports_;
  Permits permits_;
  std::map<PayerName, PayerHealth> health_;
};

}  // namespace claimferry::worker
