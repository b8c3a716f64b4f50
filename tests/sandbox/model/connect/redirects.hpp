// Where the payer sends a browser: on to its own pages, or back to the app (RFC 6749 sections 4.1.2
// and 4.1.2.1).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/model/connect/authorize_requests.hpp"
#include "tests/sandbox/model/connect/connect_modes.hpp"
#include "tests/sandbox/model/payer_request.hpp"

namespace claimferry::sandbox {

Answer redirect_to(std::string location);

// What the app is told: {{"code", "…"}} or {{"error", "…"}, {"error_description", "…"}}; its state
// comes behind.
using Told = std::vector<std::pair<std::string_view, std::string>>;
Answer return_to_app(const AuthorizeRequest& request, const Told& told, StateReturned state);

}  // namespace claimferry::sandbox
