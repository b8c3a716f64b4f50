// A trial of the fleet's quota: real workers against a sandbox with a limit on its requests, and
// what came of it, span by span, as the sandbox and the fleet's Redis count it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/bench/quota_watch.hpp"

namespace claimferry::bench {

// One rate of the payer's: for a while it is only watched, then measured.
struct QuotaSpan {
  unsigned rate = 0;  // requests a second
  std::chrono::seconds settles{};
  std::chrono::seconds measured{};
};

struct QuotaTrial {
  std::string name;
  std::string kind;  // as the sandbox names it
  std::chrono::milliseconds window{1000};
  std::string retry_after;
  unsigned workers = 1;
  unsigned profile_rate = 0;  // what the fleet is told of the limit
  unsigned payer_burst = 20;  // of a token bucket
  std::vector<QuotaSpan> spans;
};

// What became of one span's measured part.
struct QuotaFigures {
  unsigned rate = 0;
  double allowed = 0;  // requests, in the long run
  double granted = 0;
  double refused = 0;
  double during_retry_after = 0;
  double permits = 0;       // that the fleet's quota gave out
  double permits_used = 0;  // of those
  double quota_calls = 0;   // of quota_take
  double script_calls = 0;  // all of the product's
  double load = 0;          // of the machine: processes that ran or wanted to, over a minute
};

// A second of the whole trial, its settling included.
struct QuotaSecond {
  double allowed = 0;
  double granted = 0;
  double refused = 0;
  QuotaState quota;  // at the second's end
};

struct QuotaOutcome {
  std::vector<QuotaFigures> spans;
  std::vector<QuotaSecond> seconds;
};

// Throws std::runtime_error when a process fails.
QuotaOutcome carry_out(const QuotaTrial& trial);

}  // namespace claimferry::bench
