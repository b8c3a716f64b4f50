// The authorization code grant at the token endpoint (RFC 6749 section 4.1.3, RFC 7636 section
// 4.6): whether a code buys tokens. The client is authenticated by then, and there is only one, so
// that no code can be another client's.
#pragma once

#include <vector>

#include "tests/sandbox/model/connect/codes.hpp"
#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

class CodeExchange {
 public:
  CodeExchange(Codes& codes, Grants& grants, const MemberBook& members, const Modes& modes,
               Violations& violations)
      : codes_(codes), grants_(grants), members_(members), modes_(modes), violations_(violations) {}

  Answer handle(const std::vector<Parameter>& form, WallTime now);

 private:
  Answer refuse_second_use(const IssuedCode& issued);
  Answer give_tokens(IssuedCode& issued, WallTime now);

  Codes& codes_;
  Grants& grants_;
  const MemberBook& members_;
  const Modes& modes_;
  Violations& violations_;
};

}  // namespace claimferry::sandbox
