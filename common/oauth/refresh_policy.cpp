#include "common/oauth/refresh_policy.hpp"

#include "common/base/limits.hpp"

namespace claimferry::oauth {
namespace {

// Without a time of issue: what is left for clocks that differ and requests on their way.
constexpr Duration skew = std::chrono::seconds(60);
// The request leaves a little after its intent, at most limits::refresh_leaves_within: the payer
// must not see the late retry sooner than limits::refresh_uncertain_delay after the first.
constexpr Duration late_retry_after =
    Duration(limits::refresh_uncertain_delay) + Duration(limits::refresh_leaves_within);

}  // namespace

std::optional<WallTime> refresh_due_at(const SealedTokens& tokens) {
  if (!tokens.access_expires_at) {
    return std::nullopt;
  }
  if (!tokens.access_issued_at) {
    return *tokens.access_expires_at - skew;
  }
  const Duration life = *tokens.access_expires_at - *tokens.access_issued_at;
  return *tokens.access_issued_at + life * 4 / 5;
}

bool access_token_usable(const SealedTokens& tokens, WallTime now) {
  if (tokens.access_token.empty()) {
    return false;
  }
  const auto due = refresh_due_at(tokens);
  return !due || now < *due;
}

RefreshStep next_refresh(const SealedTokens& tokens) {
  using What = RefreshStep::What;
  const bool uncertain =
      tokens.intent && tokens.intent->version == tokens.version && tokens.intent->sends > 0;
  if (!uncertain) {
    return {What::send, Duration::zero(), 1};
  }
  // Also after the second: whoever recorded it may still find that it did not leave.
  if (tokens.intent->age < late_retry_after) {
    return {What::wait, late_retry_after - tokens.intent->age, tokens.intent->sends};
  }
  if (tokens.intent->sends > 1) {
    return {What::give_up, Duration::zero(), tokens.intent->sends};
  }
  return {What::send, Duration::zero(), 2};
}

Failure refreshing_stopped(Duration asks_in) {
  return {FailureKind::payer_refused, "invalid_grant_surge",
          "the payer refuses the refresh tokens of so many members that none is parked and none is "
          "sent until it honours one; ask the payer, and end it with: claimferry resume "
          "grants:PAYER",
          asks_in};
}

}  // namespace claimferry::oauth
