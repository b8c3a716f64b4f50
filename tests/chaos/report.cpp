#include "tests/chaos/report.hpp"

#include <cstdio>
#include <sstream>

#include <boost/json.hpp>

namespace claimferry::chaos {
namespace {

namespace json = boost::json;

// The figures of the sandbox that are told, not judged or not alone.
constexpr const char* told[] = {"requests_during_retry_after", "refresh_reused",
                                "refresh_retried_late", "tokens_elsewhere", "unknown_parameters"};

std::string line(const std::string& name, const std::string& value) {
  char text[32];
  std::snprintf(text, sizeof text, "  %-23s", name.c_str());
  return text + value + '\n';
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f s", value);
  return text;
}

template <class Map>
std::string listed(const Map& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::string(name) + ' ' + std::to_string(count);
  }
  return text.empty() ? "none" : text;
}

std::map<std::string, unsigned> by_name(const std::map<Action, unsigned>& steps) {
  std::map<std::string, unsigned> named;
  for (const auto& [action, count] : steps) {
    named[std::string(to_string(action))] = count;
  }
  return named;
}

std::map<std::string, unsigned> by_code(const std::vector<DeadLetter>& letters) {
  std::map<std::string, unsigned> codes;
  for (const DeadLetter& letter : letters) {
    ++codes[letter.code];
  }
  return codes;
}

long long counted(const Findings& findings, const char* name) {
  const auto found = findings.judged.counts.find(name);
  return found == findings.judged.counts.end() ? 0 : found->second;
}

std::string queue_said(const Fsck& fsck) {
  if (!fsck.checked) {
    return "not checked";
  }
  return fsck.broken.empty() ? "clean" : "broken";
}

std::string each_line(const std::string& text) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string each; std::getline(stream, each);) {
    lines += line("", each);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) {
    text += (text.empty() ? "" : "; ") + reason;
  }
  return text;
}

json::object counts_object(const std::map<std::string, unsigned>& counts) {
  json::object object;
  for (const auto& [name, count] : counts) {
    object[name] = count;
  }
  return object;
}

}  // namespace

std::string as_table(const Findings& findings, const std::string& kept) {
  const Done& done = findings.done;
  const Judged& judged = findings.judged;
  std::string held;
  for (const char* name : told) {
    held += (held.empty() ? "" : ", ") + std::string(name) + ' ' +
            std::to_string(counted(findings, name));
  }
  std::string text =
      line("trouble", seconds(findings.minutes * 60) + ", seed " + std::to_string(findings.seed)) +
      line("done", listed(by_name(done.steps))) + line("the payer's spells", listed(done.spells)) +
      line("calm again after", seconds(findings.settled_after_s)) +
      line("members", std::to_string(findings.members) + ", of them not swept " +
                          std::to_string(findings.unswept.size()) + ", to consent again " +
                          std::to_string(findings.reconsent) + ", consented anew " +
                          std::to_string(done.consents_renewed)) +
      line("pages, requests, 429s", std::to_string(counted(findings, "pages")) + ", " +
                                        std::to_string(counted(findings, "requests")) + ", " +
                                        std::to_string(counted(findings, "status_429"))) +
      line("reaped, lost, fenced", std::to_string(findings.reaped) + " jobs, " +
                                       std::to_string(findings.logs.leases_lost) + " leases, " +
                                       std::to_string(findings.logs.writes_fenced) + " writes") +
      line("dead letters", listed(by_code(findings.dead))) +
      line("held against us", held + ", of the late ones trouble explains " +
                                  std::to_string(done.refreshes_cut_off_max)) +
      line("queue", queue_said(findings.fsck)) + each_line(findings.fsck.broken) +
      line("lost, double, wrong", std::to_string(judged.lost) + ", " +
                                      std::to_string(judged.duplicated) + ", " +
                                      std::to_string(judged.wrong));
  for (const std::string& example : judged.examples) {
    text += line("", example);
  }
  if (!kept.empty()) {
    text += line("logs and data", kept);
  }
  const std::string reason = joined(reasons(findings));
  return text + "verdict  " + (reason.empty() ? "clean" : "NOT clean: " + reason) + '\n';
}

std::string as_json(const Findings& findings, const std::string& kept) {
  const Judged& judged = findings.judged;
  const std::string reason = joined(reasons(findings));
  json::object object;
  object["schema"] = 1;
  object["ok"] = reason.empty();
  object["reason"] = reason;
  object["seed"] = findings.seed;
  object["minutes"] = findings.minutes;
  object["done"] = counts_object(by_name(findings.done.steps));
  object["spells"] = counts_object(findings.done.spells);
  object["settled_after_seconds"] = findings.settled_after_s;
  object["members"] = findings.members;
  object["members_unswept"] = findings.unswept.size();
  object["members_reconsent"] = findings.reconsent;
  object["consents_renewed"] = findings.done.consents_renewed;
  object["reaped"] = findings.reaped;
  object["leases_lost"] = findings.logs.leases_lost;
  object["writes_fenced"] = findings.logs.writes_fenced;
  object["dead"] = counts_object(by_code(findings.dead));
  object["queue"] = queue_said(findings.fsck);
  json::object verdict;
  verdict["lost"] = judged.lost;
  verdict["duplicated"] = judged.duplicated;
  verdict["wrong"] = judged.wrong;
  object["verdict"] = std::move(verdict);
  json::object counts;
  for (const auto& [name, count] : judged.counts) {
    counts[name] = count;
  }
  object["violations"] = std::move(counts);
  object["refreshes_cut_off_max"] = findings.done.refreshes_cut_off_max;
  object["directory"] = kept;
  return json::serialize(object) + '\n';
}

}  // namespace claimferry::chaos
