// read_stored: the rows of a resource from the raw bytes that a sink has kept: what a sync made of
// them, or what this release's parser makes of them now. Pure.
#pragma once

#include "common/base/result.hpp"
#include "common/claims/page.hpp"

namespace claimferry::claims {

// A page of one resource. Its rows are none, and its entry is quarantined with the reason, where
// the resource has a shape that this parser does not take. Fails with "not_a_resource" for bytes
// that are no resource with tables; they stay where they are. volatile_pointers: of the payer's
// profile.
Result<ParsedPage> read_stored(std::string_view raw,
                               const std::vector<std::string>& volatile_pointers = {});

}  // namespace claimferry::claims
