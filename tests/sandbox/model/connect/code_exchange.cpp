#include "tests/sandbox/model/connect/code_exchange.hpp"

#include <chrono>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/pkce.hpp"
#include "tests/sandbox/model/token_answers.hpp"

namespace claimferry::sandbox {

Answer CodeExchange::handle(const std::vector<Parameter>& form, WallTime now) {
  const std::string_view redirect_uri = value_of(form, "redirect_uri");
  const std::string_view verifier = value_of(form, "code_verifier");
  if (value_of(form, "code").empty() || redirect_uri.empty()) {
    return oauth_error(400, "invalid_request", "Missing code or redirect_uri in the request");
  }
  if (verifier.empty()) {
    ++violations_.pkce_missing;
    return oauth_error(400, "invalid_request", "Missing code_verifier in the request");
  }
  IssuedCode* const issued = codes_.find(value_of(form, "code"));
  if (issued == nullptr) {
    return oauth_error(400, "invalid_grant", "The authorization code is unknown");
  }
  if (issued->generation) {
    return refuse_second_use(*issued);
  }
  if (now >= issued->issued_at + std::chrono::seconds(modes_.connect.code_lifetime_seconds)) {
    return oauth_error(400, "invalid_grant", "The authorization code is expired");
  }
  if (redirect_uri != issued->request.redirect_uri) {
    return oauth_error(400, "invalid_grant", "The redirect_uri is not that of the authorization");
  }
  if (!proves(verifier, issued->request.code_challenge)) {
    return oauth_error(400, "invalid_grant", "The code_verifier does not match");
  }
  return give_tokens(*issued, now);
}

// RFC 6749 section 4.1.2: what the code was exchanged for is taken back. What the member has
// consented to since is no part of that.
Answer CodeExchange::refuse_second_use(const IssuedCode& issued) {
  ++violations_.codes_reused;
  if (grants_.generation(issued.member) == *issued.generation) {
    grants_.revoke(issued.member);
  }
  return oauth_error(400, "invalid_grant", "The authorization code was used before");
}

Answer CodeExchange::give_tokens(IssuedCode& issued, WallTime now) {
  ++violations_.codes_exchanged;
  const Grants::Consent consent{issued.member, issued.request.scope, issued.issued_at};
  const Grants::Outcome outcome = grants_.begin(consent, refresh_rules(modes_), now);
  issued.generation = grants_.generation(issued.member);
  return token_answer(outcome, members_, modes_);
}

}  // namespace claimferry::sandbox
