// A blocking GET on the sandbox's own control port, for programs that judge. Loopback, no TLS.
#pragma once

#include <string>

namespace claimferry::sandbox {

// The body of a 200; throws std::runtime_error otherwise. base_url: "http://127.0.0.1:8081".
std::string control_get(const std::string& base_url, const std::string& target);

}  // namespace claimferry::sandbox
