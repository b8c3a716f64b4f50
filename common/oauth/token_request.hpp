// What a confidential client sends to a token endpoint: the forms of its grants and the Basic
// header. Pure; who sends it and when is refresh_policy.hpp's and the caller's business.
#pragma once

#include <string_view>

#include "common/base/secret.hpp"

namespace claimferry::oauth {

// RFC 6749 section 6. Empty `scopes` leaves the parameter out, which asks for what was granted.
Secret refresh_form(const Secret& refresh_token, std::string_view scopes);

// RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5. The redirect_uri is the one of
// the authorization request, byte for byte.
Secret code_form(const Secret& code, std::string_view redirect_uri, const Secret& verifier);

// A refresh without its refresh token: a token endpoint that serves answers invalid_request (RFC
// 6749 section 5.2), and nothing is spent.
Secret knock_form();

// The whole value of the Authorization header. RFC 6749 section 2.3.1 wants id and secret
// form-encoded before they are joined; `raw` is for payers that compare them as they are.
Secret basic_authorization(std::string_view client_id, const Secret& client_secret, bool raw);

}  // namespace claimferry::oauth
