// The sandbox's ledger as the judge reads it: the truth about every member's resources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

struct LedgerResource {
  std::string type;
  std::string id;
  std::vector<std::string> acceptable_hashes;
  bool withdrawn = false;
  std::string claim_type;
  std::string submitted, allowed, paid, member_liability;
};

struct LedgerMember {
  std::string member;
  std::vector<LedgerResource> resources;
};

// NDJSON, a member a line; throws std::exception on anything else.
std::vector<LedgerMember> parse_ledger(std::string_view ndjson);

}  // namespace claimferry::sandbox
