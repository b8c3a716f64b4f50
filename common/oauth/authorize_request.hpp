// The URL that a member's browser is sent to (RFC 6749 section 4.1.1, SMART App Launch "Obtain
// authorization code"), with what payers want beside it. Pure.
#pragma once

#include <string>

#include "common/base/secret.hpp"

namespace claimferry::oauth {

struct AuthorizeRequest {
  std::string authorize_url;
  std::string client_id;
  std::string redirect_uri;  // byte for byte as it is registered at the payer
  std::string scopes;
  std::string aud;  // the FHIR root that the payer expects, which need not be the resource base
  std::string
      skin;  // Aetna's login page is blank without "skin13"; empty: the parameter is left out
  std::string challenge;
};

// Secret because of the state in it: whoever has it can stand in for the member's browser.
Secret authorize_location(const AuthorizeRequest& request, const Secret& state);

}  // namespace claimferry::oauth
