// Every value of a resource, by its JSON pointer: as JSON has it, and as the rows have it. Equal,
// or something was lost or made up.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/claims/json_tape.hpp"
#include "common/claims/tables/row_set.hpp"

namespace claimferry::claims {

// JSON pointer, type, text. Of an empty object or array: "{}" and "[]".
using Leaf = std::tuple<std::string, std::string, std::string>;
using Leaves = std::multiset<Leaf>;

Leaves leaves_of(const JsonTape& tape);

// What a sink's rows say: each cell of a column that one place fills, and each value that has none.
struct StoredCell {
  std::string row;  // the pointer of its row
  const Column& column;
  std::string text;
};
struct StoredValue {
  std::string pointer;
  std::optional<std::string> url;
  std::string type;
  std::string value;
};
Leaves rebuild(const std::vector<StoredCell>& cells, const std::vector<StoredValue>& loose,
               const std::string& type, const std::string& id);
// type, id: what the keys of the rows say.
Leaves rebuild(const RowSet& rows, std::uint32_t resource, const std::string& type,
               const std::string& id);

}  // namespace claimferry::claims
