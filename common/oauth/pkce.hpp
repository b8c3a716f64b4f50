// Proof Key for Code Exchange (RFC 7636): what binds an authorization code to the process that
// asked for it. Only S256: SMART App Launch forbids "plain".
#pragma once

#include <string>

#include "common/base/random.hpp"
#include "common/base/secret.hpp"

namespace claimferry::oauth {

struct Pkce {
  Secret verifier;        // 43 characters of [A-Za-z0-9-_] from 32 random bytes (section 4.1)
  std::string challenge;  // base64url of its SHA-256 (section 4.2)
};

Pkce make_pkce(Random& random);

}  // namespace claimferry::oauth
