// Which truth holds about the way a member's connection comes about: discovery, sign-in, codes and
// what the token endpoint answers. They stand among the modes, under their names here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

enum class StateReturned : std::uint8_t { as_sent, base64 };
// What a 200 of the token endpoint holds in place of what it should.
enum class TokenAnswer : std::uint8_t {
  right,
  html,
  huge,       // right beside 1 MiB of padding
  no_object,  // an array
  no_access_token,
  number_for_token,
  other_type,  // a token_type that is not Bearer
  odd_fields,  // the tokens are right; scope, patient and times are of wrong JSON types
  negative_times,
  number_for_refresh_token
};

constexpr auto names_of(StateReturned) {
  return std::to_array<std::string_view>({"as_sent", "base64"});
}
constexpr auto names_of(TokenAnswer) {
  return std::to_array<std::string_view>({"right", "html", "huge", "no_object", "no_access_token",
                                          "number_for_token", "other_type", "odd_fields",
                                          "negative_times", "number_for_refresh_token"});
}

struct ConnectModes {
  bool discovery_missing = false;         // 404
  bool discovery_foreign_host = false;    // authorize and token URLs of another host
  bool skin_required = true;              // the login page is blank without skin=skin13
  bool subscription_propagating = false;  // the login page is `null`
  StateReturned state_returned = StateReturned::as_sent;
  unsigned code_lifetime_seconds = 60;
  std::string granted_scope;      // what answers say; empty: what was asked for
  bool patient_in_answer = true;  // of token answers, as those that follow
  bool patient_of_other = false;
  TokenAnswer token_answer = TokenAnswer::right;
  std::vector<std::string> client_secrets;  // each is good; empty: the one of the command line
  std::vector<std::string> redirect_uris;   // registered; empty: those of the command line

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("discovery_missing", self.discovery_missing);
    field("discovery_foreign_host", self.discovery_foreign_host);
    field("skin_required", self.skin_required);
    field("subscription_propagating", self.subscription_propagating);
    field("state_returned", self.state_returned);
    field("code_lifetime_seconds", self.code_lifetime_seconds);
    field("granted_scope", self.granted_scope);
    field("patient_in_answer", self.patient_in_answer);
    field("patient_of_other", self.patient_of_other);
    field("token_answer", self.token_answer);
    field("client_secrets", self.client_secrets);
    field("redirect_uris", self.redirect_uris);
  }
};

}  // namespace claimferry::sandbox
