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
