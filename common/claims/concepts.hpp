// How claims' concepts, identifiers and references are read, in whatever form payers give them.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/claims/json_tape.hpp"

namespace claimferry::claims {

// CodeableConcept: the code under `system`, else the first code, else the text.
std::string_view concept_code(JsonView codeable, std::string_view system = {});
// Whether one of its codings has the code, whatever its system: payers leave systems out.
bool concept_has(JsonView codeable, std::string_view code);
// Of a list: the value of the first identifier of that type.
std::string_view identifier_of_type(JsonView identifiers, std::string_view type);

// Whether it is a National Provider Identifier, by its system or its type.
bool is_npi(JsonView identifier);
// The National Provider Identifier among identifiers: by its system, else by its type.
std::string_view npi_of(JsonView identifiers);
// The federal tax number, the same way.
std::string_view tax_id_of(JsonView identifiers);
// What a reference such as "#p1" points to within the resource; nowhere for all others.
JsonView contained_by(JsonView resource, JsonView reference);
// A person's or organization's name in one text: as such, or "given family" out of its parts, which
// scratch then holds.
std::string_view name_of(JsonView provider, std::string& scratch);

}  // namespace claimferry::claims
