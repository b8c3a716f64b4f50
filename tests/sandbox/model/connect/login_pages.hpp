// The pages that a member sees at the payer. Their fields and buttons have ids, by which a browser
// test drives them: #username #password #login, #allow #deny, #error.
#pragma once

#include <string_view>

#include "tests/sandbox/model/connect/authorize_requests.hpp"
#include "tests/sandbox/model/payer_request.hpp"

namespace claimferry::sandbox {

inline constexpr std::string_view login_path = "/AccountManagerV3/v/login";
inline constexpr std::string_view consent_path = "/AccountManagerV3/v/consent";

// mistake: why an attempt as this user failed; empty: the first look.
Answer login_page(const PendingRequest& pending, std::string_view username,
                  std::string_view mistake);
Answer consent_page(const PendingRequest& pending);
// 400: the member's way ends here, because nobody can be trusted to take it from here.
Answer error_page(std::string_view what);

}  // namespace claimferry::sandbox
