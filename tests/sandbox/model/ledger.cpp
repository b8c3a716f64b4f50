#include "tests/sandbox/model/ledger.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "common/base/digest.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

std::string content_hash(const GeneratedResource& resource) {
  return to_hex(sha256(resource.json));
}

void put_amounts(json::object& object, const GeneratedAmounts& amounts) {
  object["submitted"] = amounts.submitted;
  object["allowed"] = amounts.allowed;
  object["paid"] = amounts.paid;
  object["member_liability"] = amounts.member_liability;
}

json::array lines_of(const GeneratedResource& eob) {
  json::array lines;
  for (const GeneratedLine& line : eob.lines) {
    json::object object;
    object["sequence"] = line.sequence;
    put_amounts(object, line);
    lines.push_back(std::move(object));
  }
  return lines;
}

// Of the claims that are not withdrawn.
json::object totals_of(const GeneratedMember& resources, const Member& member) {
  std::uint64_t claims = 0;
  Money submitted;
  Money paid;
  for (std::size_t at = 0; at < resources.eobs.size(); ++at) {
    if (!member.eobs[at].withdrawn) {
      ++claims;
      submitted = submitted + resources.eobs[at].billed;
      paid = paid + resources.eobs[at].paid_out;
    }
  }
  json::object totals;
  totals["claims"] = claims;
  totals["submitted"] = submitted.str();
  totals["paid"] = paid.str();
  return totals;
}

json::object ledger_entry(const GeneratedResource& resource, const ResourceState& state,
                          bool volatile_meta) {
  const std::string unstamped = content_hash(resource);
  std::string last_sent = unstamped;
  json::array acceptable;
  acceptable.emplace_back(unstamped);
  for (unsigned serial = 1; serial <= std::min(state.stamps, ResourceState::serials); ++serial) {
    const std::string hash = content_hash(with_new_last_updated(resource, serial));
    last_sent = serial == state.serial() ? hash : last_sent;
    acceptable.emplace_back(hash);
  }
  json::object entry;
  entry["type"] = resource.type;
  entry["id"] = resource.id;
  entry["hash"] = volatile_meta ? last_sent : unstamped;
  entry["acceptable_hashes"] = std::move(acceptable);
  entry["withdrawn"] = state.withdrawn;
  if (resource.type == "ExplanationOfBenefit") {
    entry["claim_type"] = resource.claim_type;
    entry["line_count"] = resource.lines.size();
    entry["lines"] = lines_of(resource);
    put_amounts(entry, resource);
  }
  if (!resource.facts.empty()) {
    json::object facts;
    for (const auto& [name, fact] : resource.facts) {
      facts[name] = fact;
    }
    entry["facts"] = std::move(facts);
  }
  return entry;
}

}  // namespace

std::string ledger_line(MemberBook& members, std::size_t index, bool volatile_meta) {
  const auto resources = members.resources(index);
  const Member& member = members.at(index);
  json::array entries;
  entries.push_back(ledger_entry(resources->patient, member.patient, volatile_meta));
  for (std::size_t at = 0; at < resources->coverages.size(); ++at) {
    entries.push_back(ledger_entry(resources->coverages[at], member.coverages[at], volatile_meta));
  }
  for (std::size_t at = 0; at < resources->eobs.size(); ++at) {
    entries.push_back(ledger_entry(resources->eobs[at], member.eobs[at], volatile_meta));
  }
  json::object line;
  line["member"] = member.id;
  line["patient"] = member.patient_id;
  line["totals"] = totals_of(*resources, member);
  line["resources"] = std::move(entries);
  return json::serialize(line) + "\n";
}

}  // namespace claimferry::sandbox
