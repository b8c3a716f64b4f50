#include "common/claims/stored_resource.hpp"

#include "common/base/limits.hpp"
#include "common/claims/change_hash.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/tables/flattener.hpp"

namespace claimferry::claims {
namespace {

bool walk(std::string_view padded_text, std::size_t capacity, JsonTape& tape, TextArena& texts) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object root;
  const simdjson::padded_string_view padded(padded_text.data(), padded_text.size(), capacity);
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  return !parser.iterate(padded).get(document) && !document.get_object().get(root) &&
         !JsonWalk(tape, texts, nodes_left).object(std::move(root), 0);
}

}  // namespace

Result<ParsedPage> read_stored(std::string_view raw,
                               const std::vector<std::string>& volatile_pointers) {
  ParsedPage page;
  page.body = http::Body(raw);
  JsonTape tape;
  const bool is_read = walk(page.body.view(), page.body.capacity(), tape, page.texts);
  const JsonView resource = is_read ? JsonView(tape, 0) : JsonView();
  const std::string_view type = resource["resourceType"].text();
  const std::string_view id = resource["id"].scalar();
  if (PlaceTree::of(type) == nullptr || id.empty()) {
    return Failure{FailureKind::permanent, "not_a_resource",
                   "the raw bytes are no resource that has tables"};
  }
  std::string scratch;
  page.resources.push_back({type,
                            id,
                            {},
                            page.body.view(),
                            sha256(page.body.view()),
                            change_hash(tape, volatile_pointers, scratch)});
  if (const auto misfit = Flattener(page.rows, page.texts).flatten(tape, 0)) {
    page.quarantined.push_back(
        {page.body.view(), "wrong_shape", page.texts.add(*misfit), true, false, type, id});
  }
  return page;
}

}  // namespace claimferry::claims
