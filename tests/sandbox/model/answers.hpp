// The shapes in which this payer speaks: the gateway's own, FHIR's OperationOutcome, OAuth's.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/model/limit_settings.hpp"
#include "tests/sandbox/model/payer_request.hpp"

namespace claimferry::sandbox {

Answer json_answer(unsigned status, std::string body);

// {"httpCode":"404","httpMessage":"Not Found","moreInformation":"…"}; httpCode is a string.
Answer gateway_answer(unsigned status, std::string_view more_information);
Answer unauthorized_answer();
// The edge before the gateway, which speaks HTML.
Answer edge_denial();
// The other shape of 429, by which the payer's directory polices addresses.
Answer excessive_traffic_answer();

// Asks for a wait, in seconds or until a date, both rounded up.
void ask_to_wait(Answer& answer, RetryAfter form, Duration wait, WallTime now);

// Without `text`, as this payer's backend writes it; the id is its support handle.
std::string operation_outcome(std::string_view severity, std::string_view code,
                              std::string_view message_code, std::string_view diagnostics);
Answer outcome_answer(unsigned status, std::string_view code, std::string_view message_code,
                      std::string_view diagnostics);

// RFC 6749 section 5.2.
Answer oauth_error(unsigned status, std::string_view error, std::string_view description);

// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(WallTime at);
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace claimferry::sandbox
