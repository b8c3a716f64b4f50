// The authorization endpoint (RFC 6749 section 4.1.1): checks what can be checked before anybody
// signed in, and sends the browser to the login page. Who the client is, this payer asks only
// after that; see SignIn.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tests/sandbox/model/connect/authorize_requests.hpp"
#include "tests/sandbox/model/connect/connect_modes.hpp"
#include "tests/sandbox/model/connect/registered_app.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/site.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

class AuthorizeEndpoint {
 public:
  AuthorizeEndpoint(const Site& site, const RegisteredApp& app, AuthorizeRequests& requests,
                    const ConnectModes& modes, Violations& violations)
      : site_(site), app_(app), requests_(requests), modes_(modes), violations_(violations) {}

  Answer handle(const PayerRequest& request);

 private:
  // An error of RFC 6749 section 4.1.2.1, told to the app.
  struct Refusal {
    std::string_view error;
    std::string_view description;
  };
  using Query = std::vector<Parameter>;

  bool can_be_returned(const Query& query) const;
  std::optional<Refusal> refuse(const Query& query);

  const Site& site_;
  const RegisteredApp& app_;
  AuthorizeRequests& requests_;
  const ConnectModes& modes_;
  Violations& violations_;
};

}  // namespace claimferry::sandbox
