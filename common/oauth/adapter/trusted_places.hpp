// Where a payer's OAuth endpoints may lie, as its profile says it.
#pragma once

#include "common/config/config.hpp"
#include "common/oauth/discovery.hpp"

namespace claimferry::oauth {

// Its own URLs' hosts and allow_hosts; its auth root's path and allow_path_prefixes.
TrustedPlaces trusted_places(const config::PayerConfig& payer);

}  // namespace claimferry::oauth
