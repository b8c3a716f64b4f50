// When an access token is refreshed, and when a refresh whose answer was lost may be tried again.
// Pure: who holds the fence, records intents and sends is worker/token_keeper.hpp's business.
#pragma once

#include "common/base/failure.hpp"
#include "common/oauth/tokens.hpp"

namespace claimferry::oauth {

// From here on the access token is refreshed rather than used: after 80 % of its life. Nothing
// when the payer named no end: such a token is used until the payer answers 401.
std::optional<WallTime> refresh_due_at(const SealedTokens& tokens);

bool access_token_usable(const SealedTokens& tokens, WallTime now);

struct RefreshStep {
  enum class What : std::uint8_t { send, wait, give_up };
  What what;
  Duration wait;   // until a late retry may go
  unsigned sends;  // what the intent of that request says: 1 the first, 2 the late retry
};

// An intent for these tokens' version means that a request left and no answer was stored: the
// refresh token may be spent. It is sent once more only after limits::refresh_uncertain_delay,
// because a payer takes a quick second use for theft and may end the whole consent (SMART App
// Launch, best practices: a refresh token is used once). When that answer is lost as well, nothing
// more is sent for this version: two uses are all that a payer's grace may cover.
RefreshStep next_refresh(const SealedTokens& tokens);

// payer_refused "invalid_grant_surge": what befalls a refresh while the payer refuses those of so
// many members that none is sent. asks_in: until one may ask whether it is over.
Failure refreshing_stopped(Duration asks_in);

}  // namespace claimferry::oauth
