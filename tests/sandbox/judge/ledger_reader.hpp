// The sandbox's ledger as the judge reads it: the truth about every member's resources.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

// Exact decimals; "" where the claim names none.
struct LedgerAmounts {
  std::string submitted, allowed, paid, member_liability;
};

struct LedgerLine : LedgerAmounts {
  std::string sequence;
};

struct LedgerResource : LedgerAmounts {
  std::string type;
  std::string id;
  std::vector<std::string> acceptable_hashes;
  bool withdrawn = false;
  std::string claim_type;
  std::map<std::string, std::string> facts;  // what a typed column must say, by its name
  std::vector<LedgerLine> lines;
};

// Of the claims that are not withdrawn.
struct LedgerTotals {
  std::uint64_t claims = 0;
  std::string submitted, paid;
};

struct LedgerMember {
  std::string member;
  std::vector<LedgerResource> resources;
  LedgerTotals totals;
};

// NDJSON, a member a line; throws std::exception on anything else.
std::vector<LedgerMember> parse_ledger(std::string_view ndjson);

}  // namespace claimferry::sandbox
