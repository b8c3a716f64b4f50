// Recognises a refresh token that was handed in before, without keeping it: SHA-256 over a fixed
// label, payer, member and the token, in hexadecimal. What follows from it is member_add.lua's
// business.
//
// No key is needed. A token has 128 random bits at least (RFC 6749, 10.10): unlike a password's or
// a patient id's hash, nobody finds it by hashing guesses, and the hash does not lead back. Without
// a key the recognition outlives every key of the key file. Payer and member are in it, so that
// one token under two members does not show.
#pragma once

#include <string>

#include "common/base/ids.hpp"
#include "common/base/secret.hpp"

namespace claimferry::oauth {

std::string token_fingerprint(const PayerName& payer, const MemberId& member,
                              const Secret& refresh_token);

}  // namespace claimferry::oauth
