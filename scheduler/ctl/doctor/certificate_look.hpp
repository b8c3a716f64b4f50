// Why TLS with a payer failed: a second handshake that trusts nobody's word and sends nothing,
// after which OpenSSL says what it holds against the certificate.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/failure.hpp"
#include "common/http/url.hpp"

namespace claimferry::ctl {

// failure: how the first handshake ended; comes back as it is where nothing more is found, else
// with one of the codes of payer_trouble.hpp. ca_file: trust anchors; empty: the system's.
awaitable<Failure> look_at_certificate(http::Url url, std::string ca_file, Failure failure);

}  // namespace claimferry::ctl
