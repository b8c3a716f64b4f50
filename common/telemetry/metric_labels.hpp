// Every label value of the metrics, once: what is not among them counts as "other", so that
// nothing that comes from outside makes a series.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/telemetry/advice.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::telemetry::label {

using Labels = std::vector<std::string_view>;

inline const Labels kinds{"sync", "backfill", "keepalive", "erase"};
inline const Labels outcomes{"done", "retry",     "snooze",    "requeue",
                             "dead", "reconsent", "cancelled", "abandon"};
inline const Labels lanes{"urgent", "routine", "backfill"};
inline const Labels uses{"token", "urgent", "routine", "backfill"};
inline const Labels endpoints{"token", "patient", "coverage", "eob", "discovery"};
inline const Labels statuses{"200", "203", "400", "401", "403", "404",  "408",  "410",
                             "429", "500", "502", "503", "504", "none", "other"};
inline const Labels resource_types{"Patient", "Coverage", "ExplanationOfBenefit"};
inline const Labels resource_outcomes{"inserted", "changed", "unchanged", "quarantined"};
inline const Labels claim_types{"inpatient-institutional",
                                "outpatient-institutional",
                                "institutional",
                                "pharmacy",
                                "professional",
                                "oral",
                                "vision",
                                "other"};
inline const Labels sink_reasons{"sink_unavailable", "sink_busy",   "disk_full",
                                 "sink_refused",     "sink_rights", "other"};
// Codes of dead letters. A reason that is none of these is what its kind is: "other".
inline const Labels dead_reasons{"refresh_lost",
                                 "no_tokens",
                                 "token_of_other_patient",
                                 "token_answer_unusable",
                                 "vault_open_failed",
                                 "client_refused",
                                 "invalid_grant_surge",
                                 "unauthorized",
                                 "forbidden",
                                 "wrong_base_url",
                                 "redirected",
                                 "edge_denied",
                                 "payer_down",
                                 "timeout",
                                 "connect_failed",
                                 "connection_lost",
                                 "tls_failed",
                                 "http_400",
                                 "http_404",
                                 "http_410",
                                 "http_500",
                                 "http_502",
                                 "http_503",
                                 "http_504",
                                 "bad_response",
                                 "next_link_foreign_host",
                                 "next_link_foreign_path",
                                 "next_link_invalid",
                                 "next_link_loop",
                                 "next_link_too_long",
                                 "bad_next_link",
                                 "body_too_large",
                                 "page_not_json",
                                 "page_not_utf8",
                                 "page_too_deep",
                                 "page_too_complex",
                                 "not_a_bundle",
                                 "not_a_patient",
                                 "not_a_resource",
                                 "operation_outcome",
                                 "too_many_entries",
                                 "cursor_gone",
                                 "sink_refused",
                                 "member_unknown",
                                 "malformed_job",
                                 "poison",
                                 "internal_error",
                                 "other"};
inline const Labels actions{"consent_expired", "dormant_noticed", "dormant_paused",
                            "erasure_begun"};
inline const Labels ports{"admin", "enroll"};
inline constexpr std::array callback_ends{CallbackEnd::settled,       CallbackEnd::replayed,
                                          CallbackEnd::unknown_state, CallbackEnd::bad_request,
                                          CallbackEnd::too_many,      CallbackEnd::store_away};

inline std::string known(const Labels& labels, std::string_view value) {
  return std::string(std::ranges::find(labels, value) == labels.end() ? "other" : value);
}

template <std::size_t Size>
std::string known(const std::array<Advice, Size>& table, std::string_view value) {
  return std::string(advice_for(table, value).name);
}

inline std::string label_of(CallbackEnd end) {
  switch (end) {
    case CallbackEnd::settled:
      return "settled";
    case CallbackEnd::replayed:
      return "replayed";
    case CallbackEnd::unknown_state:
      return "unknown_state";
    case CallbackEnd::bad_request:
      return "bad_request";
    case CallbackEnd::too_many:
      return "too_many";
    case CallbackEnd::store_away:
      return "store_away";
  }
  return "other";
}

inline std::string status_label(unsigned status) {
  return status == 0 ? "none" : known(statuses, std::to_string(status));
}

}  // namespace claimferry::telemetry::label
