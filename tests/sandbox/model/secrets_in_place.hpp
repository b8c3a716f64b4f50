// Whether a request carries a secret (token, client credentials) to where it does not belong.
#pragma once

#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {

// What a request's path is to a client's secrets.
enum class Place : std::uint8_t {
  token,      // takes client credentials, and a refresh token in a posted form
  resources,  // takes a bearer token
  anonymous   // discovery, metadata, other paths, other hosts: takes nothing
};

bool leaks_secret(const PayerRequest& request, const Target& target, Place place,
                  const Grants& grants);

}  // namespace claimferry::sandbox
