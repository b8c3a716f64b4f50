#include "tests/sandbox/model/connect/authorize_endpoint.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/login_pages.hpp"
#include "tests/sandbox/model/connect/pkce.hpp"
#include "tests/sandbox/model/connect/redirects.hpp"
#include "tests/sandbox/model/connect/scopes.hpp"

namespace claimferry::sandbox {
namespace {

// What is kept of a request is a part of its target: this bounds it.
constexpr std::size_t target_bytes_max = 8 << 10;

std::vector<Parameter> query_of(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  // RFC 6749 section 4.1.1: in the form of a form.
  return parse_form(target.substr(std::min(question + 1, target.size())));
}

bool is_named_once(const std::vector<Parameter>& query, std::string_view name) {
  return std::ranges::count(query, name, &Parameter::name) == 1;
}

AuthorizeRequest asked_in(const std::vector<Parameter>& query) {
  const auto text = [&query](std::string_view name) { return std::string(value_of(query, name)); };
  return {text("client_id"), text("redirect_uri"),   text("scope"),
          text("state"),     text("code_challenge"), text("skin")};
}

}  // namespace

Answer AuthorizeEndpoint::handle(const PayerRequest& request) {
  if (request.method != "GET") {
    return gateway_answer(405, "The method is not allowed for the requested URL");
  }
  if (request.target.size() > target_bytes_max) {
    return gateway_answer(414, "The URL is too long");
  }
  const Query query = query_of(request.target);
  const std::optional<Refusal> refusal = refuse(query);
  if (!can_be_returned(query)) {
    return error_page("The app did not say, or may not say, where to send you back to.");
  }
  AuthorizeRequest asked = asked_in(query);
  if (refusal) {
    const Told told = {{"error", std::string(refusal->error)},
                       {"error_description", std::string(refusal->description)}};
    return return_to_app(asked, told, modes_.state_returned);
  }
  const PendingRequest& pending = requests_.add(std::move(asked));
  return redirect_to(site_.origin + std::string(login_path) +
                     "?appname=SMRTPP&request=" + pending.id);
}

bool AuthorizeEndpoint::can_be_returned(const Query& query) const {
  return is_named_once(query, "client_id") && !value_of(query, "client_id").empty() &&
         is_named_once(query, "redirect_uri") &&
         app_.may_return_to(value_of(query, "redirect_uri"));
}

// Offences are counted all, whichever of them the answer names.
std::optional<AuthorizeEndpoint::Refusal> AuthorizeEndpoint::refuse(const Query& query) {
  const bool pkce = value_of(query, "code_challenge_method") == "S256" &&
                    is_s256_challenge(value_of(query, "code_challenge"));
  const bool aud = value_of(query, "aud") == site_.origin + std::string(auth_root_path);
  violations_.pkce_missing += pkce ? 0 : 1;
  violations_.aud_wrong += aud ? 0 : 1;
  // RFC 6749 section 3.1.
  if (!std::ranges::all_of(query, [&](const Parameter& parameter) {
        return is_named_once(query, parameter.name);
      })) {
    return Refusal{"invalid_request", "A parameter is given twice"};
  }
  const std::string_view response_type = value_of(query, "response_type");
  if (response_type.empty()) {
    return Refusal{"invalid_request", "Missing response_type in the request"};
  }
  if (response_type != "code") {
    return Refusal{"unsupported_response_type", "response_type must be code"};
  }
  if (!pkce) {
    return Refusal{"invalid_request", "code_challenge with code_challenge_method S256 is required"};
  }
  if (!are_known(value_of(query, "scope"))) {
    return Refusal{"invalid_scope", "The scope is missing or unknown"};
  }
  if (!aud) {
    return Refusal{"invalid_request", "aud must be the FHIR authorization root"};
  }
  if (value_of(query, "state").empty()) {
    return Refusal{"invalid_request", "Missing state in the request"};
  }
  return std::nullopt;
}

}  // namespace claimferry::sandbox
