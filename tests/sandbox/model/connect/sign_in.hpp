// The member at the payer: the login page, the consent page, and what follows from either. Only
// here the payer asks who the client is.
#pragma once

#include <vector>

#include "tests/sandbox/model/connect/authorize_requests.hpp"
#include "tests/sandbox/model/connect/codes.hpp"
#include "tests/sandbox/model/connect/connect_modes.hpp"
#include "tests/sandbox/model/connect/registered_app.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

class SignIn {
 public:
  SignIn(const RegisteredApp& app, AuthorizeRequests& requests, Codes& codes,
         const MemberBook& members, const ConnectModes& modes, Violations& violations)
      : app_(app),
        requests_(requests),
        codes_(codes),
        members_(members),
        modes_(modes),
        violations_(violations) {}

  Answer handle(const PayerRequest& request, const Target& target);

 private:
  using Form = std::vector<Parameter>;

  Answer show_login(std::string_view id);
  Answer log_in(PendingRequest& pending, const Form& form);
  Answer decide(const PendingRequest& pending, const Form& form, WallTime now);

  const RegisteredApp& app_;
  AuthorizeRequests& requests_;
  Codes& codes_;
  const MemberBook& members_;
  const ConnectModes& modes_;
  Violations& violations_;
};

}  // namespace claimferry::sandbox
