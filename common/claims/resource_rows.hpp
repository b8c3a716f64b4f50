// Typed rows out of one resource. Pure; later tables find their place here, one function a table.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/claims/json_tape.hpp"
#include "common/claims/rows.hpp"

namespace claimferry::claims {

// Where a resource has another shape than FHIR R4 gives it: a JSON pointer within the resource.
using Misfit = std::optional<std::string>;

// ExplanationOfBenefit: appends its ClaimRow and ClaimLineRows; on a misfit, nothing.
Misfit read_eob(JsonView eob, std::uint32_t resource, ClaimRows& rows,
                std::deque<std::string>& arena);
void read_coverage(JsonView coverage, std::uint32_t resource, ClaimRows& rows);

// CodeableConcept: the code under `system`, else the first code, else the text.
std::string_view concept_code(JsonView codeable, std::string_view system = {});

}  // namespace claimferry::claims
