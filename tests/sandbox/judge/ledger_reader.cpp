#include "tests/sandbox/judge/ledger_reader.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

LedgerResource read_resource(const json::object& object) {
  LedgerResource resource;
  resource.type = text(object, "type");
  resource.id = text(object, "id");
  for (const auto& hash : object.at("acceptable_hashes").as_array()) {
    resource.acceptable_hashes.emplace_back(hash.as_string());
  }
  resource.withdrawn = object.at("withdrawn").as_bool();
  resource.claim_type = text(object, "claim_type");
  resource.submitted = text(object, "submitted");
  resource.allowed = text(object, "allowed");
  resource.paid = text(object, "paid");
  resource.member_liability = text(object, "member_liability");
  return resource;
}

}  // namespace

std::vector<LedgerMember> parse_ledger(std::string_view ndjson) {
  std::vector<LedgerMember> ledger;
  while (!ndjson.empty()) {
    const auto end = std::min(ndjson.find('\n'), ndjson.size());
    const auto line = ndjson.substr(0, end);
    ndjson.remove_prefix(std::min(end + 1, ndjson.size()));
    if (line.empty()) {
      continue;
    }
    const auto root = json::parse(line).as_object();
    LedgerMember member;
    member.member = text(root, "member");
    for (const auto& resource : root.at("resources").as_array()) {
      member.resources.push_back(read_resource(resource.as_object()));
    }
    ledger.push_back(std::move(member));
  }
  return ledger;
}

}  // namespace claimferry::sandbox
