// How tokens are answered, whatever they were given for: the body of an IBM API Connect OAuth
// provider and this payer's `patient`, in each shape that a mode asks for.
#pragma once

#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"

namespace claimferry::sandbox {

RefreshRules refresh_rules(const Modes& modes);
// An outcome without a refresh token is answered without one.
Answer token_answer(const Grants::Outcome& outcome, const MemberBook& members, const Modes& modes);

}  // namespace claimferry::sandbox
