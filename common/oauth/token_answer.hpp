// Reads the body of a token endpoint's 200 (RFC 6749 section 5.1). By the time it is read the old
// refresh token is spent, so only what makes the answer useless is refused; anything else that is
// odd counts as absent.
#pragma once

#include <optional>

#include "common/base/body.hpp"
#include "common/base/result.hpp"
#include "common/oauth/tokens.hpp"

namespace claimferry::oauth {

inline constexpr std::size_t token_bytes_max = 16UL * 1024;

// Fails with retryable/"token_answer_unusable": not a JSON object, no access token, a token that no
// header may carry or that is above token_bytes_max, a refresh token of another type than text, a
// token_type other than bearer.
Result<TokenAnswer> parse_token_answer(const http::Body& body);
// What an answer that is refused above holds all the same: the refresh token, which by then is the
// only one that the payer honours, and an empty access token. Nothing where there is none to keep.
std::optional<TokenAnswer> rescue_refresh_token(const http::Body& body);
// How a request for tokens failed. An answer that was too large to be read is one that is of no
// use: it comes to the same failure as above, and to any other as it is.
Failure failed_token_request(Failure failure);

}  // namespace claimferry::oauth
