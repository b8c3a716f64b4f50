// What the audit must tell at the end of a world: a sound chain that Redis knows, each entry once,
// and each job that said that it was done, by name of the worker that held it.
#pragma once

#include <set>
#include <string>

#include "tests/world/keyspace/keyspace.hpp"
#include "tests/world/memory_audit.hpp"

namespace claimferry::world {

struct AuditCase {
  const MemoryAudit& audit;
  Keyspace& keys;  // Redis, where entries may still wait
  const std::set<std::string>& done;
  bool redis_forgot;  // a job whose end was lost with Redis may have ended again
};

// What is wrong; empty: nothing.
std::string judge_audit(const AuditCase& about);

}  // namespace claimferry::world
