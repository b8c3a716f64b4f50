// What `claimferry keys status` and `keys rotate` print, as a table or as one line of JSON: which
// key does what, what was done, and what to type next. Of a key only its id.
#pragma once

#include <string>

#include "common/queue/adapter/key_rotation.hpp"
#include "common/vault/key_census.hpp"

namespace claimferry::ctl {

std::string census_table(const vault::KeyCensus& census, const vault::KeyRing& keys);
std::string census_json(const vault::KeyCensus& census, const vault::KeyRing& keys);

// active: the id of the key that all are to be under.
std::string rotation_table(const queue::RotationReport& report, const std::string& active);
std::string rotation_json(const queue::RotationReport& report, const std::string& active);

}  // namespace claimferry::ctl
