#include "tests/sandbox/model/violations.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

// What was on its way when the 429 or 503 was written is not held against the client.
constexpr auto in_flight_allowance = 250ms;

constexpr std::array<std::string_view, endpoint_count> endpoint_names = {
    "discovery", "metadata", "authorize", "login", "token", "patient", "coverage", "eob", "other"};

// Members' browsers know of no wait, and discovery is free.
bool waits_are_for(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::discovery:
    case Endpoint::metadata:
    case Endpoint::authorize:
    case Endpoint::login:
      return false;
    case Endpoint::token:
    case Endpoint::patient:
    case Endpoint::coverage:
    case Endpoint::eob:
    case Endpoint::other:
      return true;
  }
  return true;
}

}  // namespace

std::string_view to_string(Endpoint endpoint) noexcept {
  return endpoint_names[static_cast<std::size_t>(endpoint)];
}

std::string describe(const Violations& violations) {
  boost::json::object by_endpoint;
  for (std::size_t index = 0; index < endpoint_count; ++index) {
    by_endpoint[endpoint_names[index]] = violations.requests_by_endpoint[index];
  }
  boost::json::object object;
  object["requests_during_retry_after"] = violations.requests_during_retry_after;
  object["refresh_reused"] = violations.refresh_reused;
  object["refresh_retried_late"] = violations.refresh_retried_late;
  object["tokens_elsewhere"] = violations.tokens_elsewhere;
  object["unknown_parameters"] = violations.unknown_parameters;
  object["codes_reused"] = violations.codes_reused;
  object["credentials_in_body"] = violations.credentials_in_body;
  object["pkce_missing"] = violations.pkce_missing;
  object["aud_wrong"] = violations.aud_wrong;
  object["concurrency_max"] = violations.concurrency_max;
  object["requests"] = violations.requests;
  object["pages"] = violations.pages;
  object["status_429"] = violations.status_429;
  object["bytes_sent"] = violations.bytes_sent;
  object["codes_issued"] = violations.codes_issued;
  object["codes_exchanged"] = violations.codes_exchanged;
  object["logins_failed"] = violations.logins_failed;
  object["consents_denied"] = violations.consents_denied;
  object["requests_by_endpoint"] = std::move(by_endpoint);
  return boost::json::serialize(object);
}

bool Conduct::arrived(Endpoint endpoint, WallTime at) {
  ++counts_.requests;
  ++counts_.requests_by_endpoint[static_cast<std::size_t>(endpoint)];
  ++in_progress_;
  counts_.concurrency_max = std::max(counts_.concurrency_max, in_progress_);
  const bool waits =
      at > wait_from_ + in_flight_allowance && at < wait_until_ && waits_are_for(endpoint);
  counts_.requests_during_retry_after += waits ? 1 : 0;
  return waits;
}

void Conduct::answered(const Answer& answer, std::uint64_t bytes_sent, WallTime written,
                       bool complete) {
  --in_progress_;
  counts_.bytes_sent += bytes_sent;
  const bool whole = complete && answer.transport.ending == Transport::Ending::whole;
  if (!whole) {
    return;  // half a refusal asks for nothing, half a page is none
  }
  const bool search = answer.endpoint == Endpoint::eob || answer.endpoint == Endpoint::coverage;
  counts_.pages += search && answer.bundle ? 1 : 0;
  counts_.status_429 += answer.status == 429 ? 1 : 0;
  std::optional<WallTime> until = answer.retry_at;
  if (answer.retry_after) {
    until = written + *answer.retry_after;
  }
  if (!until) {
    return;
  }
  // One wait at a time: a later refusal of the same burst prolongs it and excuses nothing.
  if (written >= wait_until_) {
    wait_from_ = written;
  }
  wait_until_ = std::max(wait_until_, *until);
}

void Conduct::reset() {
  counts_ = {};
  wait_from_ = {};
  wait_until_ = {};
}

}  // namespace claimferry::sandbox
