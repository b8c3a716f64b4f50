#include "tests/sandbox/model/token_endpoint.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "common/base/encoding.hpp"
#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr std::int64_t refresh_token_lifetime_seconds = 2'682'000;

const std::string* value_of(const std::vector<Parameter>& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, &Parameter::name);
  return found == form.end() ? nullptr : &found->value;
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
  if (!knows_client(request.authorization)) {
    return refuse_client();
  }
  if (!request.content_type.starts_with("application/x-www-form-urlencoded")) {
    return oauth_error(400, "invalid_request", "Content-Type must be a form");
  }
  const std::vector<Parameter> form = parse_form(request.body);
  const std::string* grant_type = value_of(form, "grant_type");
  if (grant_type == nullptr || *grant_type != "refresh_token") {
    return refuse_client();
  }
  const std::string* refresh_token = value_of(form, "refresh_token");
  if (refresh_token == nullptr) {
    return oauth_error(400, "invalid_request", "Missing refresh_token in the request");
  }
  if (modes_.scope_required_on_refresh && value_of(form, "scope") == nullptr) {
    return oauth_error(400, "invalid_scope", "Missing scope in the request");
  }
  return refresh(*refresh_token, request.at);
}

// RFC 6749 section 2.3.1 wants both halves form-encoded; many clients send them raw. Both are
// taken.
bool TokenEndpoint::knows_client(const std::string& authorization) const {
  if (!authorization.starts_with("Basic ")) {
    return false;
  }
  const auto decoded = from_base64(std::string_view(authorization).substr(6));
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return false;
  }
  const std::string id = decoded->substr(0, colon);
  const std::string secret = decoded->substr(colon + 1);
  return (id == client_.id && secret == client_.secret) ||
         (percent_decode(id, true) == client_.id && percent_decode(secret, true) == client_.secret);
}

Answer TokenEndpoint::refresh(const std::string& refresh_token, WallTime now) {
  RefreshRules rules;
  rules.grace = modes_.refresh_grace;
  rules.rotate = !modes_.no_refresh_token_in_answer;
  rules.access_lifetime = std::chrono::seconds(modes_.access_token_lifetime_seconds);
  const Grants::Outcome outcome = grants_.refresh(refresh_token, rules, now);
  violations_.refresh_reused += outcome.reuse == Grants::Reuse::offence ? 1 : 0;
  violations_.refresh_retried_late += outcome.reuse == Grants::Reuse::late_retry ? 1 : 0;
  if (!outcome.granted) {
    return oauth_error(400, "invalid_grant", "The refresh token is expired, revoked or used");
  }
  return json_answer(200, token_body(outcome));
}

std::string TokenEndpoint::token_body(const Grants::Outcome& outcome) const {
  const auto number = [this](std::int64_t value) {
    return modes_.numbers_as_strings ? json::value(std::to_string(value)) : json::value(value);
  };
  json::object body;
  body["token_type"] = "Bearer";
  body["access_token"] = outcome.access_token;
  body["scope"] = "launch/patient patient/*.read";
  if (!modes_.no_expires_in) {
    body["expires_in"] = number(modes_.access_token_lifetime_seconds);
  }
  body["consented_on"] = number(
      std::chrono::floor<std::chrono::seconds>(outcome.consented_on).time_since_epoch().count());
  if (!modes_.no_refresh_token_in_answer) {
    body["refresh_token"] = outcome.refresh_token;
    body["refresh_token_expires_in"] = number(refresh_token_lifetime_seconds);
  }
  body["patient"] = members_.at(outcome.member).patient_id;
  return json::serialize(body);
}

}  // namespace claimferry::sandbox
