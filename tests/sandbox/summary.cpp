#include "tests/sandbox/summary.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <boost/json.hpp>

#include "tests/sandbox/judge/sink_address.hpp"
#include "tests/sandbox/reproach.hpp"
#include "tests/sandbox/server/control_client.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

struct Run {
  Verdict verdict;
  json::object violations;
  std::string reason;

  std::uint64_t counted(const char* name) const { return sandbox::counted(violations, name); }
  std::uint64_t eobs() const {
    const auto found = verdict.resources.find("ExplanationOfBenefit");
    return found == verdict.resources.end() ? 0 : found->second;
  }
};

void judge(const SummaryOptions& options, Run& run) {
  const auto ledger = parse_ledger(control_get(options.control, "/v1/ledger"));
  run.violations = json::parse(control_get(options.control, "/v1/violations")).as_object();
  run.verdict = judge_sink(options.sink, ledger);
}

Run look(const SummaryOptions& options) {
  Run run;
  run.verdict.billed_total = run.verdict.paid_total = "0.00";
  run.reason = options.reason;
  try {
    judge(options, run);
  } catch (const std::exception& error) {
    run.reason = run.reason.empty() ? error.what() : run.reason;
  }
  if (run.reason.empty() && !run.verdict.clean()) {
    run.reason = "the sink does not hold what the payer sent: " + run.verdict.examples.front();
  }
  const auto held = reproaches(run.violations, options.kills);
  if (run.reason.empty() && !held.empty()) {
    run.reason = "the payer would hold against us: " + held.front();
  }
  return run;
}

double a_second(double amount, double seconds) {
  return seconds > 0 ? amount / seconds : 0;
}

json::object counts(const std::map<std::string, std::uint64_t>& by_name) {
  json::object object;
  for (const auto& [name, count] : by_name) {
    object[name] = count;
  }
  return object;
}

json::object address_object(const SummaryOptions& options) {
  json::object object;
  for (const std::string& address : options.addresses) {
    const auto equals = address.find('=');
    object[address.substr(0, equals)] = address.substr(equals + 1);
  }
  return object;
}

json::object as_json(const SummaryOptions& options, const Run& run) {
  const auto megabytes = static_cast<double>(run.counted("bytes_sent")) / 1e6;
  json::object violations;
  for (const char* name : never) {
    violations[name] = run.counted(name);
  }
  violations["refresh_retried_late"] = run.counted("refresh_retried_late");
  violations["concurrency_max"] = run.counted("concurrency_max");
  json::object line;
  line["schema"] = 1;
  line["ok"] = run.reason.empty();
  line["reason"] = run.reason;
  line["members"] = {{"requested", options.requested}, {"synced", options.synced}};
  line["resources"] = counts(run.verdict.resources);
  line["claims_by_type"] = counts(run.verdict.claims_by_type);
  line["billed_total"] = run.verdict.billed_total;
  line["paid_total"] = run.verdict.paid_total;
  line["pages"] = run.counted("pages");
  line["requests"] = run.counted("requests");
  line["status_429"] = run.counted("status_429");
  line["elapsed_seconds"] = options.seconds;
  line["eobs_per_second"] = a_second(static_cast<double>(run.eobs()), options.seconds);
  line["megabytes_per_second"] = a_second(megabytes, options.seconds);
  line["verdict"] = {{"lost", run.verdict.lost},
                     {"duplicated", run.verdict.duplicated},
                     {"wrong", run.verdict.wrong}};
  line["violations"] = std::move(violations);
  const auto colon = options.sink.find(':');
  line["data"] = {{"kind", options.sink.substr(0, colon)},
                  {"path", options.sink.substr(colon + 1)}};
  line["addresses"] = address_object(options);
  return line;
}

void print_line(const char* name, const std::string& text) {
  std::printf("  %-22s %s\n", name, text.c_str());
}

std::string grouped(std::string digits) {
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}
std::string grouped(std::uint64_t number) {
  return grouped(std::to_string(number));
}

// For a person: whole cents, and an ellipsis where there is more. --json has every digit.
std::string money(const std::string& exact) {
  const auto point = std::min(exact.find('.'), exact.size());
  const bool is_negative = exact.starts_with('-');
  std::string text = is_negative ? "-" : "";
  text += grouped(exact.substr(is_negative ? 1 : 0, point - (is_negative ? 1 : 0)));
  const std::string behind = exact.substr(point);
  return text + behind.substr(0, 3) + (behind.size() > 3 ? "…" : "") + " USD";
}

std::string listed(const std::map<std::string, std::uint64_t>& by_name) {
  std::string text;
  for (const auto& [name, count] : by_name) {
    text += (text.empty() ? "" : ", ") + grouped(count) + " " + name;
  }
  return text;
}

void print(const SummaryOptions& options, const Run& run) {
  char rates[96];
  std::snprintf(rates, sizeof rates, "%.1f s, %.0f EOBs/s, %.1f MB/s", options.seconds,
                a_second(static_cast<double>(run.eobs()), options.seconds),
                a_second(static_cast<double>(run.counted("bytes_sent")) / 1e6, options.seconds));
  print_line("members synced", grouped(options.synced) + " of " + grouped(options.requested));
  print_line("resources", listed(run.verdict.resources));
  print_line("claims", listed(run.verdict.claims_by_type));
  print_line("billed", money(run.verdict.billed_total));
  print_line("paid", money(run.verdict.paid_total));
  print_line("pages, requests, 429s", grouped(run.counted("pages")) + ", " +
                                          grouped(run.counted("requests")) + ", " +
                                          grouped(run.counted("status_429")));
  print_line("time", rates);
  print_line("lost, double, wrong", std::to_string(run.verdict.lost) + ", " +
                                        std::to_string(run.verdict.duplicated) + ", " +
                                        std::to_string(run.verdict.wrong));
  std::string violations;
  for (const char* name : never) {
    violations += (violations.empty() ? "" : ", ") + std::string(name) + " " +
                  std::to_string(run.counted(name));
  }
  violations += ", refresh_retried_late " + std::to_string(run.counted("refresh_retried_late"));
  print_line("held against us", violations);
  print_line("most requests at once", std::to_string(run.counted("concurrency_max")));
  print_line("verdict", run.reason.empty() ? "clean" : "NOT CLEAN: " + run.reason);
}

}  // namespace

int summarize(const SummaryOptions& options) {
  const Run run = look(options);
  if (options.json) {
    std::printf("%s\n", json::serialize(as_json(options, run)).c_str());
  } else {
    print(options, run);
  }
  return run.reason.empty() ? 0 : 1;
}

}  // namespace claimferry::sandbox
