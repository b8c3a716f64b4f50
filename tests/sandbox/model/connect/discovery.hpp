// SMART App Launch discovery as this payer answers it: absolute URLs, Basic alone, S256 alone, and
// neither issuer nor revocation.
#pragma once

#include "tests/sandbox/model/connect/connect_modes.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/site.hpp"

namespace claimferry::sandbox {

Answer smart_configuration(const Site& site, const ConnectModes& modes);

}  // namespace claimferry::sandbox
