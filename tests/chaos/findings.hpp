// Findings: what a run came to, and what of it is wrong. Pure: the run fills it in, the verdict and
// the report read it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/chaos/fsck.hpp"
#include "tests/chaos/queue_look.hpp"
#include "tests/chaos/trouble.hpp"

namespace claimferry::chaos {

// Of the sandbox: its judgement of the sink, and what it counted.
struct Judged {
  long long lost = 0;
  long long duplicated = 0;
  long long wrong = 0;
  bool totals_agree = true;  // else claims that the payer withdrew are still there
  std::vector<std::string> examples;
  std::map<std::string, long long> counts;  // violations, and the figures beside them
};

// Of the logs of workers and schedulers.
struct LogCounts {
  unsigned leases_lost = 0;
  unsigned writes_fenced = 0;
  unsigned internal_errors = 0;
};

struct Findings {
  unsigned long long seed = 0;
  double minutes = 0;
  Done done;
  unsigned members = 0;
  std::vector<std::string> unswept;  // members without two sweeps since the trouble ended
  double settled_after_s = 0;
  unsigned reconsent = 0;
  unsigned leases_held = 0;  // after every worker ended in order
  unsigned reaped = 0;
  std::vector<DeadLetter> dead;
  std::vector<std::string> mishaps;
  LogCounts logs;
  Fsck fsck;
  Judged judged;
  std::string ended_by;  // what kept the run from its end
};

// Each reason why the run is not clean, the gravest first; empty: clean.
std::vector<std::string> reasons(const Findings& findings);
// Whether trouble of this kind may rightly end in such a dead letter.
bool is_explained(const DeadLetter& letter);

}  // namespace claimferry::chaos
