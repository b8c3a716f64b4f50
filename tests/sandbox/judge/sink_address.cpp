#include "tests/sandbox/judge/sink_address.hpp"

#include <stdexcept>

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
  throw std::runtime_error("--sink must be sqlite:PATH or postgres:URL");
}

}  // namespace claimferry::sandbox
