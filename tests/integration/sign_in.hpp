// What a member does in a browser, by plain requests: follows redirects, fills in the sandbox's
// forms, and comes back to whoever sent it.
#pragma once

#include <string>

#include "tests/integration/control.hpp"

namespace claimferry::integration {

struct Member {
  std::string user = "VTETestUser01";
  std::string password = "FHIRdemo2020";
  bool allows = true;
};

// Up to the address that the payer redirects back to, which is not asked yet.
std::string sign_in(const std::string& authorize_url, const Member& member = {});

// A GET that follows no redirect.
Answer get(const std::string& url);

}  // namespace claimferry::integration
