#include "common/oauth/refresh_policy.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::oauth {
namespace {

// Without a time of issue: what is left for clocks that differ and requests on their way.
constexpr Duration skew = std::chrono::seconds(60);
// The request leaves a little after its intent, and clocks differ: the payer must not see the late
// retry sooner than limits::refresh_uncertain_delay after the first.
constexpr Duration margin = std::chrono::seconds(5);

Duration pause_after(unsigned sends) {
  const unsigned doublings = std::min(sends - 1, 10U);
  const Duration pause = Duration(limits::refresh_uncertain_delay) * (1U << doublings);
  return std::min(pause, Duration(limits::retry_after_max)) + margin;
}

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

RefreshStep next_refresh(const SealedTokens& tokens, WallTime now) {
  const bool uncertain =
      tokens.intent && tokens.intent->version == tokens.version && tokens.intent->sends > 0;
  if (!uncertain) {
    return {Duration::zero(), 1};
  }
  const Duration pause = pause_after(tokens.intent->sends);
  // A clock set back must not turn a pause into days.
  const Duration passed = std::max(Duration::zero(), now - tokens.intent->at);
  return {std::max(Duration::zero(), pause - passed), tokens.intent->sends + 1};
}

}  // namespace claimferry::oauth
