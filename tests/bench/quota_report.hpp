// How the trials of the quota are told: rows of a Markdown table, and a trace as CSV.
#pragma once

#include <cstdio>

#include "tests/bench/quota_trial.hpp"

namespace claimferry::bench {

void print_head(std::FILE* out);
void print_rows(std::FILE* out, const QuotaTrial& trial, const QuotaOutcome& outcome);
// A line a second, with the figures of that second.
void print_trace(std::FILE* out, const QuotaOutcome& outcome);

}  // namespace claimferry::bench
