// The token endpoint of an IBM API Connect OAuth provider: Basic credentials only, the grants of a
// code and of a refresh token, and one 401 for everything that is wrong with the client.
#pragma once

#include <vector>

#include "tests/sandbox/model/connect/code_exchange.hpp"
#include "tests/sandbox/model/connect/registered_app.hpp"
#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

class TokenEndpoint {
 public:
  TokenEndpoint(const RegisteredApp& app, Codes& codes, Grants& grants, const MemberBook& members,
                const Modes& modes, Violations& violations)
      : app_(app),
        grants_(grants),
        members_(members),
        modes_(modes),
        violations_(violations),
        code_exchange_(codes, grants, members, modes, violations) {}

  Answer handle(const PayerRequest& request);

 private:
  Answer refuse_client() const;
  Answer refresh(const std::vector<Parameter>& form, WallTime now);

  const RegisteredApp& app_;
  Grants& grants_;
  const MemberBook& members_;
  const Modes& modes_;
  Violations& violations_;
  CodeExchange code_exchange_;
};

}  // namespace claimferry::sandbox
