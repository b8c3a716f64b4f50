// classify: an HTTP answer of the payer that is not the 200 one hoped for, as a Failure. The only
// place that knows the payer's error shapes (OperationOutcome, gateway JSON, OAuth errors, edge
// HTML). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/base/http_message.hpp"

namespace claimferry::fhir {

enum class Endpoint : std::uint8_t { token, patient, coverage, eob };
std::string_view to_string(Endpoint endpoint) noexcept;

// Nothing: the status is 200 (or 203, which Aetna declares a success) and the body is worth
// parsing; of the token endpoint any 2xx, whose body may hold the only refresh token there is.
//   429 → rate_limited · 503 with Retry-After → rate_limited · 5xx, 408, HTML 403 → retryable
//   token: 400 invalid_grant → reconsent_required · 401 and invalid_client → payer_refused
//   "client_refused" · other 4xx → payer_refused with the OAuth error, or "http_4xx" without one
//   resource: 401 "unauthorized", 403 "forbidden" → resource_refused
//   404 "No resources match requested URI" → payer_refused "wrong_base_url"
//   400, 404, 410 of a next link → retryable "cursor_gone"; of a first page → permanent
//   "bad_request", "member_unknown"
struct Context {
  Endpoint endpoint;
  bool is_next_link;
  WallTime now;  // for Retry-After as an HTTP-date, where the answer says no Date of its own
};
std::optional<Failure> classify(const http::Response& response, const Context& context);

// Of an answer of the token endpoint that is no success: whether it shows that the token, or the
// code, was not looked at. A 429, a client that is refused, or an OAuth error (RFC 6749 §5.2) do; a
// redirect, a 503 and a 4xx without one may come from anything between, after the token was taken.
bool proves_token_unused(const Failure& failure) noexcept;

// Retry-After (RFC 9110 §10.2.3): delay-seconds or HTTP-date, capped at limits::retry_after_max;
// nothing when malformed.
std::optional<Duration> parse_retry_after(std::string_view value, WallTime now);

// RFC 9110 §5.6.7: the fixed form, and the two obsolete ones that a recipient must accept.
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace claimferry::fhir
