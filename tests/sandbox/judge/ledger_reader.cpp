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

void read_amounts(const json::object& object, LedgerAmounts& amounts) {
  amounts.submitted = text(object, "submitted");
  amounts.allowed = text(object, "allowed");
  amounts.paid = text(object, "paid");
  amounts.member_liability = text(object, "member_liability");
}

std::vector<LedgerLine> read_lines(const json::array& array) {
  std::vector<LedgerLine> lines;
  for (const json::value& value : array) {
    LedgerLine& line = lines.emplace_back();
    line.sequence = text(value.as_object(), "sequence");
    read_amounts(value.as_object(), line);
  }
  return lines;
}

LedgerTotals read_totals(const json::object& object) {
  LedgerTotals totals;
  totals.claims = object.at("claims").to_number<std::uint64_t>();
  totals.submitted = text(object, "submitted");
  totals.paid = text(object, "paid");
  return totals;
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
  read_amounts(object, resource);
  if (const json::value* facts = object.if_contains("facts")) {
    for (const auto& [name, fact] : facts->as_object()) {
      resource.facts.emplace(name, fact.as_string());
    }
  }
  if (resource.type == "ExplanationOfBenefit") {
    resource.lines = read_lines(object.at("lines").as_array());
  }
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
    member.totals = read_totals(root.at("totals").as_object());
    ledger.push_back(std::move(member));
  }
  return ledger;
}

}  // namespace claimferry::sandbox
