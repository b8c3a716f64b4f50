// The judge: whether a sink holds every claim of every member exactly once, amounts to the last
// digit. It reads the sink by its own SQL, hashes and adds by its own code, and shares none of it
// with the product.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/sandbox/judge/ledger_reader.hpp"

struct sqlite3;

namespace claimferry::sandbox {

struct Verdict {
  std::uint64_t lost = 0;        // in the truth, not in the sink: resources, rows, lines
  std::uint64_t duplicated = 0;  // more than once current, or a version that changed nothing
  std::uint64_t wrong = 0;       // other bytes, facts or amounts, or nothing that the truth knows
  std::vector<std::string> examples;  // the first few, each a line; ids of the sandbox, no claims
  std::uint64_t members = 0;          // with every resource in the sink
  std::map<std::string, std::uint64_t> resources;  // by type, as the sink has them
  std::map<std::string, std::uint64_t> claims_by_type;
  std::uint64_t lines = 0;
  std::string billed_total;  // exact, as the sink has them
  std::string paid_total;
  std::string billed_by_ledger;  // the same as the payer has them, without withdrawn claims
  std::string paid_by_ledger;

  bool clean() const { return lost == 0 && duplicated == 0 && wrong == 0; }
};

// Throw std::runtime_error when the sink cannot be read.
Verdict judge_sqlite(const std::string& path, const std::vector<LedgerMember>& ledger);
Verdict judge_postgres(const std::string& address, const std::vector<LedgerMember>& ledger);
// Tables with a sink's names and columns, as far as the judge asks for them.
Verdict judge_tables(sqlite3* database, const std::vector<LedgerMember>& ledger);

}  // namespace claimferry::sandbox
