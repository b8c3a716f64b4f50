// The change hash: whether a resource says something new. Over every leaf with its path, strings
// unescaped and numbers verbatim, without what the profile calls volatile. White space and escapes
// do not change it; the order of members does.
#pragma once

#include <string>
#include <vector>

#include "common/base/digest.hpp"
#include "common/claims/json_tape.hpp"

namespace claimferry::claims {

// scratch: reused from call to call. pointers: RFC 6901, "/meta/lastUpdated".
Sha256 change_hash(const JsonTape& tape, const std::vector<std::string>& volatile_pointers,
                   std::string& scratch);

}  // namespace claimferry::claims
