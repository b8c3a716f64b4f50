#include "tests/sandbox/judge/sink_address.hpp"

#include <stdexcept>

#include "tests/sandbox/judge/ndjson_judge.hpp"

namespace claimferry::sandbox {

Verdict judge_sink(const std::string& address, const std::vector<LedgerMember>& ledger) {
  const auto colon = address.find(':');
  const std::string kind = address.substr(0, colon);
  const std::string where = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (kind == "sqlite") {
    return judge_sqlite(where, ledger);
  }
  if (kind == "postgres") {
    return judge_postgres(where, ledger);
  }
  if (kind == "ndjson") {
    return judge_ndjson(where, ledger);
  }
  throw std::runtime_error("--sink must be sqlite:PATH, postgres:URL or ndjson:DIRECTORY");
}

}  // namespace claimferry::sandbox
