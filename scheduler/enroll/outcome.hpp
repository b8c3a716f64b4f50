// Outcome: how an enrolment can end, in words that the audit, metrics, the redirect and the
// member's page share; and which of them a failure comes to. Pure.
#pragma once

#include <array>
#include <string_view>

#include "common/base/failure.hpp"

namespace claimferry::enroll {

struct Outcome {
  std::string_view name;    // stable: "denied"
  unsigned status;          // of the page
  std::string_view title;   // for the member
  std::string_view advice;  // one or two sentences, in plain words: what now
};

namespace outcome {
inline constexpr Outcome connected{
    "connected", 200, "You are connected",
    "Your claims are on their way. You can close this page. You may disconnect at any time in the "
    "app that sent you here."};
inline constexpr Outcome denied{
    "denied", 200, "You are not connected",
    "You chose not to share your claims, and nothing was shared. If that was a mistake, go back to "
    "the app that sent you here and start again."};
inline constexpr Outcome refused_by_payer{
    "refused_by_payer", 502, "Your insurer could not sign you in",
    "It ended the sign-in with an error. Please go back to the app that sent you here and start "
    "again; if it happens again, tell the app's support."};
inline constexpr Outcome code_refused{
    "code_refused", 400, "This sign-in is over",
    "It took too long, or it was finished in another window. Please go back to the app that sent "
    "you here and start again."};
inline constexpr Outcome payer_down{
    "payer_down", 502, "Your insurer does not answer",
    "Nothing was shared. Please go back to the app that sent you here and start again in a few "
    "minutes."};
inline constexpr Outcome payer_busy{
    "payer_busy", 503, "Your insurer is busy",
    "Nothing was shared. Please go back to the app that sent you here and start again in a few "
    "minutes."};
inline constexpr Outcome not_subscribed{
    "not_subscribed", 502, "Your insurer does not know this app",
    "This is a mistake in the app's set-up and not yours. Please tell its support; if the app is "
    "new, it may work in a few minutes."};
inline constexpr Outcome answer_unusable{
    "answer_unusable", 502, "Your insurer's answer cannot be used",
    "Please go back to the app that sent you here and start again; if it happens again, tell the "
    "app's support."};
inline constexpr Outcome no_patient{
    "no_patient", 502, "Your insurer did not say who you are",
    "It let you sign in without naming your record, so nothing can be fetched. Please tell the "
    "app's support."};
inline constexpr Outcome scopes_narrow{
    "scopes_narrow", 200, "You shared less than is needed",
    "Your claims, your coverage and your name are needed together. Nothing was kept. If you want "
    "to "
    "connect, start again in the app that sent you here and allow all three."};
inline constexpr Outcome other_patient{
    "other_patient", 409, "This is another person's record",
    "You signed in as somebody else than the first time, so nothing was changed. Please start "
    "again "
    "in the app that sent you here and sign in as yourself; if you did, tell the app's support."};
inline constexpr Outcome member_elsewhere{
    "member_elsewhere", 409, "You are connected to another insurer",
    "Disconnect from it first, in the app that sent you here."};
inline constexpr Outcome leaving{
    "leaving", 409, "You are being disconnected",
    "You asked to disconnect, and that is not finished yet. Please start again later."};
inline constexpr Outcome unknown_state{
    "unknown_state", 400, "This sign-in is over",
    "It took longer than ten minutes, or it did not start in the app. Please go back to the app "
    "that sent you here and start again."};
inline constexpr Outcome under_way{
    "under_way", 409, "This sign-in is being finished",
    "It is open in another window, or you came back to this page. Look into the app that sent you "
    "here; if you are not connected there, start again."};
inline constexpr Outcome bad_request{
    "bad_request", 400, "This address is not complete",
    "It did not come from your insurer as it should. Please go back to the app that sent you here "
    "and start again."};
inline constexpr Outcome too_many{
    "too_many", 429, "Too many sign-ins at once",
    "They came from your network. Please wait a minute and load this page again; if that does not "
    "help, go back to the app that sent you here and start again."};
inline constexpr Outcome our_fault{
    "our_fault", 503, "This did not work",
    "It is our fault and not yours, and it will be mended. Please start again in a few minutes."};
}  // namespace outcome

inline constexpr std::array outcomes = {
    &outcome::connected,      &outcome::denied,          &outcome::refused_by_payer,
    &outcome::code_refused,   &outcome::payer_down,      &outcome::payer_busy,
    &outcome::not_subscribed, &outcome::answer_unusable, &outcome::no_patient,
    &outcome::scopes_narrow,  &outcome::other_patient,   &outcome::member_elsewhere,
    &outcome::leaving,        &outcome::unknown_state,   &outcome::under_way,
    &outcome::bad_request,    &outcome::too_many,        &outcome::our_fault};

// By its name; our_fault for one that this release does not know.
const Outcome& outcome_named(std::string_view name);
// Of an exchange, or of keeping what it brought.
const Outcome& outcome_of(const Failure& failure);
// Of the `error` that a payer redirects back with (RFC 6749 section 4.1.2.1).
const Outcome& outcome_of_error(std::string_view error);

}  // namespace claimferry::enroll
