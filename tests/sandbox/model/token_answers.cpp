#include "tests/sandbox/model/token_answers.hpp"

#include <chrono>
#include <cstdint>

#include <boost/json.hpp>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/html.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t huge_bytes = std::size_t{1} << 20;

// Of the member, or, where the mode says so, of the next one; alone, of somebody who is not here.
std::string patient_in_answer(std::size_t member, const MemberBook& members, bool of_other) {
  if (!of_other) {
    return members.at(member).patient_id;
  }
  return members.size() == 1 ? members.at(member).patient_id + "-other"
                             : members.at((member + 1) % members.size()).patient_id;
}

json::object token_body(const Grants::Outcome& outcome, const MemberBook& members,
                        const Modes& modes) {
  const auto number = [&modes](std::int64_t value) {
    return modes.numbers_as_strings ? json::value(std::to_string(value)) : json::value(value);
  };
  const ConnectModes& connect = modes.connect;
  json::object body;
  body["token_type"] = "Bearer";
  body["access_token"] = outcome.access_token;
  body["scope"] = connect.granted_scope.empty() ? outcome.scope : connect.granted_scope;
  if (!modes.no_expires_in) {
    body["expires_in"] = number(modes.access_token_lifetime_seconds);
  }
  body["consented_on"] = number(
      std::chrono::floor<std::chrono::seconds>(outcome.consented_on).time_since_epoch().count());
  if (!outcome.refresh_token.empty()) {
    body["refresh_token"] = outcome.refresh_token;
    body["refresh_token_expires_in"] = number(modes.refresh_token_lifetime_seconds);
  }
  if (connect.patient_in_answer) {
    body["patient"] = patient_in_answer(outcome.member, members, connect.patient_of_other);
  }
  return body;
}

// By then the tokens have rotated: who cannot read this has lost them.
std::string spoiled(json::object body, TokenAnswer shape) {
  switch (shape) {
    case TokenAnswer::right:
    case TokenAnswer::html:
      break;
    case TokenAnswer::huge:
      body["padding"] = std::string(huge_bytes, 'x');
      break;
    case TokenAnswer::no_object:
      return json::serialize(json::array{std::move(body)});
    case TokenAnswer::no_access_token:
      body.erase("access_token");
      break;
    case TokenAnswer::number_for_token:
      body["access_token"] = 7;
      break;
    case TokenAnswer::other_type:
      body["token_type"] = "mac";
      break;
    case TokenAnswer::odd_fields:
      body["scope"] = json::array{"launch/patient"};
      body["patient"] = true;
      body["expires_in"] = json::object{{"seconds", 3600}};
      body["consented_on"] = json::array();
      body["refresh_token_expires_in"] = "soon";
      break;
    case TokenAnswer::negative_times:
      for (const char* time : {"expires_in", "consented_on", "refresh_token_expires_in"}) {
        body[time] = -1;
      }
      break;
    case TokenAnswer::number_for_refresh_token:
      body["refresh_token"] = 7;
      break;
  }
  return json::serialize(body);
}

}  // namespace

RefreshRules refresh_rules(const Modes& modes) {
  RefreshRules rules;
  rules.grace = modes.refresh_grace;
  rules.rotate = !modes.no_refresh_token_in_answer;
  rules.refresh_lifetime = std::chrono::seconds(modes.refresh_token_lifetime_seconds);
  rules.access_lifetime = std::chrono::seconds(modes.access_token_lifetime_seconds);
  return rules;
}

Answer token_answer(const Grants::Outcome& outcome, const MemberBook& members, const Modes& modes) {
  if (modes.connect.token_answer == TokenAnswer::html) {
    return html_answer(200, html_document("Temporarily unavailable", "<p>Try again later.</p>\n"));
  }
  return json_answer(200, spoiled(token_body(outcome, members, modes), modes.connect.token_answer));
}

}  // namespace claimferry::sandbox
