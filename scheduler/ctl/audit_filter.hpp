// Which lines of the audit an operator's words ask for.
#pragma once

#include <string>

#include "common/audit/filter.hpp"
#include "common/base/result.hpp"

namespace claimferry::ctl {

struct AuditWords {
  std::string member;
  std::string key;
  std::string worker;
  std::string event;
  std::string since;
  std::string until;
};

// permanent/"bad_filter" names the option and says what it takes.
Result<audit::Filter> audit_filter(const AuditWords& words);

}  // namespace claimferry::ctl
