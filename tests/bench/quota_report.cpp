#include "tests/bench/quota_report.hpp"

#include <algorithm>

namespace claimferry::bench {
namespace {

double part(double some, double of) {
  return of > 0 ? some / of : 0;
}

}  // namespace

void print_head(std::FILE* out) {
  std::fputs(
      "| trial | workers | payer grants a second | used | 429 | during Retry-After "
      "| permits used | quota calls a request | script calls a request | load |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      out);
  std::fflush(out);
}

void print_rows(std::FILE* out, const QuotaTrial& trial, const QuotaOutcome& outcome) {
  for (const QuotaFigures& span : outcome.spans) {
    const double requests = span.granted + span.refused;
    std::fprintf(out,
                 "| %s | %u | %u | %.1f %% | %.2f %% | %.0f | %.1f %% | %.2f | %.2f | %.1f |\n",
                 trial.name.c_str(), trial.workers, span.rate,
                 100 * part(span.granted, span.allowed), 100 * part(span.refused, requests),
                 span.during_retry_after, 100 * part(span.permits_used, span.permits),
                 part(span.quota_calls, requests), part(span.script_calls, requests), span.load);
  }
  std::fflush(out);
}

void print_trace(std::FILE* out, const QuotaOutcome& outcome) {
  std::fputs("second,allowed,granted,refused,rate,good,permits,permits_used,quiet_ms,quota_calls\n",
             out);
  QuotaState before;
  for (std::size_t at = 0; at < outcome.seconds.size(); ++at) {
    const QuotaSecond& second = outcome.seconds[at];
    const QuotaState& quota = second.quota;
    std::fprintf(out, "%zu,%.0f,%.0f,%.0f,%.1f,%.1f,%.0f,%.0f,%.0f,%.0f\n", at, second.allowed,
                 second.granted, second.refused, quota.rate, quota.good,
                 std::max(0.0, quota.permits - before.permits),
                 quota.permits_used - before.permits_used,
                 1000 * (quota.quiet_seconds - before.quiet_seconds), quota.calls - before.calls);
    before = quota;
  }
  std::fflush(out);
}

}  // namespace claimferry::bench
