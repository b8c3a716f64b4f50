// The rules of the claim's own tables: head, lines, adjudications. rules.hpp calls them.
#pragma once

#include <span>
#include <string_view>

#include "common/claims/tables/rules.hpp"

namespace claimferry::claims {

Misfit derive_claim(const RuleContext& context, std::span<Cell> cells);
Misfit derive_line(const RuleContext& context, std::span<Cell> cells);
// Of the header or of a line.
void derive_adjudication(TableId table, const RuleContext& context, std::span<Cell> cells);

// The NPI of who is referred to: by the reference's identifier, or by what the resource contains.
std::string_view npi_of_reference(JsonView resource, JsonView reference);

}  // namespace claimferry::claims
