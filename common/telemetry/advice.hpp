// What a person is told beside an event of trouble: how much it matters, and what to do. Texts
// alone, no values of the event.
#pragma once

#include <array>
#include <string_view>

#include "common/telemetry/log_level.hpp"

namespace claimferry::telemetry {

struct Advice {
  std::string_view name;  // of the reason or outcome
  LogLevel level;
  std::string_view detail;
};

// Why an entry was set aside; also the metric's labels. The last stands for what is not listed.
inline constexpr std::array<Advice, 9> reject_reasons{{
    {"foreign_patient", LogLevel::error,
     "the payer sent another person's record in this member's answer; it was kept apart in the "
     "quarantine table: tell the payer at once"},
    {"no_patient", LogLevel::warning,
     "the resource does not say whose it is; it stays in the quarantine table: ask the payer"},
    {"no_id", LogLevel::warning,
     "the resource has no id, so that no later sync could find it again; it stays in the "
     "quarantine table: ask the payer"},
    {"wrong_type", LogLevel::warning,
     "a resource of a type that nobody asked for; it stays in the quarantine table"},
    {"wrong_shape", LogLevel::warning,
     "what stands at the pointer is not of the shape that FHIR R4 gives it; the entry stays in the "
     "quarantine table: ask the payer"},
    {"repeated_id", LogLevel::warning,
     "two resources of one page share an id and differ; the second stays in the quarantine table: "
     "ask the payer"},
    {"no_resource", LogLevel::warning,
     "the entry holds no resource; it stays in the quarantine table: ask the payer"},
    {"operation_outcome", LogLevel::info,
     "the payer comments on its answer; its words stand in the quarantine table"},
    {"other", LogLevel::warning, "the entry stays in the quarantine table"},
}};

// How a token refresh ended.
inline constexpr std::array<Advice, 9> refresh_outcomes{{
    {"refreshed", LogLevel::debug, ""},
    {"uncertain", LogLevel::warning,
     "no answer came to a refresh that was sent; the token is tried once more, later"},
    {"lost", LogLevel::error,
     "two refreshes got no answer, so nothing more is sent for this token; ask for the member's "
     "consent again, then: claimferry member add"},
    {"lost_consent", LogLevel::error,
     "a refresh got no answer, and the payer refused its late retry: the answer cost the member's "
     "consent; ask for it again, then: claimferry member add"},
    {"not_sent", LogLevel::info, "the refresh did not leave: the job stopped or the payer is held"},
    {"invalid_grant", LogLevel::warning,
     "the member's consent has ended; ask for it again, then: claimferry member add"},
    {"surge", LogLevel::warning,
     "the payer refuses the refresh tokens of many members, so refreshing is stopped for it; the "
     "job comes back: claimferry status"},
    {"refused", LogLevel::warning,
     "the payer refused our client; check client_id, client_secret_file and what the app is "
     "subscribed to"},
    {"failed", LogLevel::warning, "the token endpoint gave no usable answer; it is asked again"},
}};

// How an enrolment ended whose callback came.
inline constexpr std::array<Advice, 14> enrolment_outcomes{{
    {"connected", LogLevel::info, ""},
    {"denied", LogLevel::info, "the member chose not to share"},
    {"refused_by_payer", LogLevel::warning,
     "the payer ended the sign-in with an error of its own; check scopes, aud and redirect URI"},
    {"code_refused", LogLevel::warning,
     "the payer took the code for spent, stale or another client's; a member who waits long does "
     "this, and a clock that is wrong"},
    {"payer_down", LogLevel::warning, "the token endpoint gave no answer"},
    {"payer_busy", LogLevel::warning, "the payer asked for quiet, or its limit left no room"},
    {"not_subscribed", LogLevel::error,
     "the payer refused our client; check client_id, client_secret_file and what the app is "
     "subscribed to: a subscription takes minutes to arrive"},
    {"answer_unusable", LogLevel::error, "the token endpoint's answer could not be used"},
    {"no_patient", LogLevel::error,
     "the token answer names no patient; ask for the scope launch/patient"},
    {"scopes_narrow", LogLevel::warning, "fewer scopes were granted than are needed"},
    {"other_patient", LogLevel::error,
     "the member's id was signed in as another patient; nothing was changed: look into your own "
     "system for who asked"},
    {"member_elsewhere", LogLevel::warning, "the member id is taken under another payer"},
    {"leaving", LogLevel::info, "the member is being erased, or was erased meanwhile"},
    {"our_fault", LogLevel::error, "the enrolment could not be kept; the member must start again"},
}};

// The last of the table for a name that is not in it.
template <std::size_t Size>
constexpr const Advice& advice_for(const std::array<Advice, Size>& table, std::string_view name) {
  for (const Advice& advice : table) {
    if (advice.name == name) {
      return advice;
    }
  }
  return table.back();
}

}  // namespace claimferry::telemetry
