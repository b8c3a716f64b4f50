// Departure: how one request leaves for a payer with a turn of its quota: a last look before its
// first byte, what its answer means, and the turn given back. Whether it is sent again, whom a
// refusal holds, and what a failure leads to is the caller's business.
#pragma once

#include "common/async/interruptible.hpp"
#include "common/fhir/classify.hpp"
#include "common/http/client.hpp"
#include "common/quota/adapter/payer_quota.hpp"

namespace claimferry::quota {

// The answer of any status, and what it means.
struct Asked {
  Result<http::Response> response;
  std::optional<Failure> failure;
  std::uint64_t epoch;  // of the turn

  // The payer's: what our own quota says is none.
  bool is_refusal() const {
    return response && failure && failure->kind == FailureKind::rate_limited;
  }
  bool is_stale() const { return failure && failure->code == "connection_stale"; }
};

class Departure {
 public:
  struct Ports {
    const Clock& clock;
    http::Client& http;
    telemetry::Observer& observer;
  };
  explicit Departure(Ports ports) : ports_(ports) {}

  struct Way {
    PayerName payer;
    fhir::Endpoint endpoint;  // by which the answer is judged
    bool is_next_link = false;
    std::string_view counted_as = to_string(endpoint);
  };
  // A stop ends the request at once; without one it is carried to its end. The quota outlives it.
  awaitable<Asked> leave(Way way, PayerQuota* quota, PayerQuota::Turn turn, http::Request request,
                         StopSource* stop);

 private:
  awaitable<Result<http::Response>> transmit(Way way, http::Request request);
  void tell_clock(const PayerName& payer, const http::Response& response, Duration took);

  Ports ports_;
};

}  // namespace claimferry::quota
