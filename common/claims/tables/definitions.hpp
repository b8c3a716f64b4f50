// The tables, by what they tell of; tables() puts them in order.
#pragma once

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

// The head of an ExplanationOfBenefit.
Table claim_table();
// Its lists: lines, amounts, diagnoses and so on.
std::vector<Table> claim_part_tables();
// Who is insured, by what, and who provides: Patient, Coverage, and what resources contain.
std::vector<Table> party_tables();

}  // namespace claimferry::claims
