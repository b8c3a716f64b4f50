// The token endpoint of an IBM API Connect OAuth provider: Basic credentials only, the refresh
// grant, and one 401 for everything that is wrong with the client.
#pragma once

#include <string>

#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

struct ClientCredentials {
  std::string id = "sandbox-client";
  std::string secret = "sandbox-secret";
};

class TokenEndpoint {
 public:
  TokenEndpoint(ClientCredentials client, Grants& grants, MemberBook& members, const Modes& modes,
                Violations& violations)
      : client_(std::move(client)),
        grants_(grants),
        members_(members),
        modes_(modes),
        violations_(violations) {}

  Answer handle(const PayerRequest& request);

 private:
  bool knows_client(const std::string& authorization) const;
  Answer refuse_client() const;
  Answer refresh(const std::string& refresh_token, WallTime now);
  std::string token_body(const Grants::Outcome& outcome) const;

  ClientCredentials client_;
  Grants& grants_;
  MemberBook& members_;
  const Modes& modes_;
  Violations& violations_;
};

}  // namespace claimferry::sandbox
