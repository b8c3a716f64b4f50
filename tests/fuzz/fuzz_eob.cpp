// Any JSON object as a claim: every value comes back from its rows.
#include <algorithm>

#include "common/base/limits.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/tables/flattener.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/common/claims/tables/rebuild.hpp"

using namespace claimferry;

namespace {

// Where a name stands twice in one object, or an extension is no list, a pointer names no one
// place.
bool is_plain(const claims::JsonTape& tape, const claims::Leaves& leaves) {
  std::string before = "-";
  for (const auto& [pointer, type, text] : leaves) {
    if (pointer == before) {
      return false;
    }
    before = pointer;
  }
  return std::ranges::none_of(tape, [](const claims::JsonNode& node) {
    return (node.key == "extension" || node.key == "modifierExtension") &&
           node.kind != claims::JsonKind::array;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The type is given, or nearly every input would be of none.
  std::string text = R"({"resourceType":"ExplanationOfBenefit","id":"e1",)";
  text += fuzz::text_of(data, size);
  text += "}";
  const simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object root;
  claims::JsonTape tape;
  TextArena texts;
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  if (parser.iterate(padded).get(document) || document.get_object().get(root) ||
      claims::JsonWalk(tape, texts, nodes_left).object(std::move(root), 0)) {
    return 0;
  }
  claims::RowSet rows;
  const auto misfit = claims::Flattener(rows, texts).flatten(tape, 0);
  if (misfit) {
    fuzz::promise(rows.of(claims::TableId::claim).size() == 0 && rows.loose().empty(),
                  "a misfit leaves no row");
    return 0;
  }
  const claims::Leaves leaves = claims::leaves_of(tape);
  fuzz::promise(
      !is_plain(tape, leaves) || claims::rebuild(rows, 0, "ExplanationOfBenefit", "e1") == leaves,
      "no value is lost and none is made up");
  return 0;
}
