// Every value of a resource, by its JSON pointer: as JSON has it, and as the rows have it. Equal,
// or something was lost or made up.
#pragma once

#include <set>
#include <string>
#include <tuple>

#include "common/claims/json_tape.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

// JSON pointer, type, text. Of an empty object or array: "{}" and "[]".
using Leaf = std::tuple<std::string, std::string, std::string>;
using Leaves = std::multiset<Leaf>;

Leaves leaves_of(const JsonTape& tape);
// type, id: what the keys of the rows say.
Leaves rebuild(const RowSet& rows, std::uint32_t resource, const std::string& type,
               const std::string& id);

}  // namespace claimferry::claims
