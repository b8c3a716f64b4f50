#include "tests/sandbox/model/ledger.hpp"

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

json::object ledger_entry(const GeneratedResource& resource, const ResourceState& state,
                          bool volatile_meta) {
  const std::string unstamped = content_hash(resource);
  std::string last_sent = unstamped;
  json::array acceptable;
  acceptable.emplace_back(unstamped);
  for (unsigned stamp = 1; stamp <= state.stamps; ++stamp) {
    last_sent = content_hash(with_new_last_updated(resource, stamp));
    acceptable.emplace_back(last_sent);
  }
  json::object entry;
  entry["type"] = resource.type;
  entry["id"] = resource.id;
  entry["hash"] = volatile_meta ? last_sent : unstamped;
  entry["acceptable_hashes"] = std::move(acceptable);
  entry["withdrawn"] = state.withdrawn;
  if (resource.type == "ExplanationOfBenefit") {
    entry["claim_type"] = resource.claim_type;
    entry["submitted"] = resource.submitted;
    entry["allowed"] = resource.allowed;
    entry["paid"] = resource.paid;
    entry["member_liability"] = resource.member_liability;
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
  line["resources"] = std::move(entries);
  return json::serialize(line) + "\n";
}

}  // namespace claimferry::sandbox
