// The `state` of an authorization request (RFC 6749 section 10.12): unguessable, and kept only as
// its hash, so that who reads the store cannot finish somebody's enrolment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/secret.hpp"

namespace claimferry::oauth {

// 256 random bits as base64url: nothing in it changes when it is percent-encoded.
Secret make_state(Random& random);

// Of SHA-256, in hexadecimal: the name under which the enrolment is found again.
std::string hash_of_state(const Secret& state);

// The hashes under which a returned state may be found, the likeliest first: as it came, and
// base64-decoded once, because Aetna was seen to return the base64 of what was sent. Nothing that
// could not be a state of ours is in it.
std::vector<std::string> hashes_of_returned(std::string_view returned);

}  // namespace claimferry::oauth
