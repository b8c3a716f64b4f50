#include "tests/sandbox/model/token_endpoint.hpp"

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/token_answers.hpp"

namespace claimferry::sandbox {
namespace {

// RFC 6749 section 2.3: one way to authenticate a request, and this payer's is client_secret_basic.
bool names_client(const std::vector<Parameter>& form) {
  return !value_of(form, "client_id").empty() || !value_of(form, "client_secret").empty();
}

}  // namespace

// The catch-all that was seen, and what the payer's guide says instead.
Answer TokenEndpoint::refuse_client() const {
  const auto names = names_of(modes_.client_refusal);
  return oauth_error(401, names[static_cast<std::size_t>(modes_.client_refusal)],
                     "Invalid client ID or secret, or client not subscribed to this API");
}

Answer TokenEndpoint::handle(const PayerRequest& request) {
  if (request.method != "POST") {
    return gateway_answer(405, "The method is not allowed for the requested URL");
  }
  const std::vector<Parameter> form = parse_form(request.body);
  if (!request.authorization.starts_with("Basic ") || names_client(form)) {
    ++violations_.credentials_in_body;
    return refuse_client();
  }
  if (!app_.authenticates(request.authorization)) {
    return refuse_client();
  }
  if (!request.content_type.starts_with("application/x-www-form-urlencoded")) {
    return oauth_error(400, "invalid_request", "Content-Type must be a form");
  }
  const std::string_view grant_type = value_of(form, "grant_type");
  if (grant_type == "authorization_code") {
    return code_exchange_.handle(form, request.at);
  }
  return grant_type == "refresh_token" ? refresh(form, request.at) : refuse_client();
}

Answer TokenEndpoint::refresh(const std::vector<Parameter>& form, WallTime now) {
  const std::string_view refresh_token = value_of(form, "refresh_token");
  if (refresh_token.empty()) {
    return oauth_error(400, "invalid_request", "Missing refresh_token in the request");
  }
  if (modes_.scope_required_on_refresh && value_of(form, "scope").empty()) {
    return oauth_error(400, "invalid_scope", "Missing scope in the request");
  }
  const RefreshRules rules = refresh_rules(modes_);
  Grants::Outcome outcome = grants_.refresh(refresh_token, rules, now);
  violations_.refresh_reused += outcome.reuse == Grants::Reuse::offence ? 1 : 0;
  violations_.refresh_retried_late += outcome.reuse == Grants::Reuse::late_retry ? 1 : 0;
  if (!outcome.granted) {
    return oauth_error(400, "invalid_grant", "The refresh token is expired, revoked or used");
  }
  if (!rules.rotate) {
    outcome.refresh_token.clear();
  }
  return token_answer(outcome, members_, modes_);
}

}  // namespace claimferry::sandbox
