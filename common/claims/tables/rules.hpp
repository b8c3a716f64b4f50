// Rules: the columns that no single place of a resource fills: the claim's identifier, its amounts,
// what its supporting information says. One function a table. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/text_arena.hpp"
#include "common/claims/json_tape.hpp"
#include "common/claims/money.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

// Where a resource has another shape than FHIR R4 gives it: a JSON pointer.
using Misfit = std::optional<std::string>;

struct RuleContext {
  JsonView resource;
  JsonView around;          // the element of the row around this one
  JsonView element;         // of this row
  std::string_view origin;  // "item.detail"
  AmountLevel& lines;       // what the claim's lines came to until now
  TextArena& texts;
};

// Fills the cells of a row whose other columns are filled. A misfit's pointer is within the
// element.
Misfit derive(TableId table, const RuleContext& context, std::span<Cell> cells);

}  // namespace claimferry::claims
