// What the columns of a claim's head say that stand in its supportingInfo.
#pragma once

#include <span>

#include "common/claims/json_tape.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

// Of several of one category, the first.
void put_supporting(JsonView eob, std::span<Cell> cells);

}  // namespace claimferry::claims
