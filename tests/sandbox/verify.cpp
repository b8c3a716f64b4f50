#include "tests/sandbox/verify.hpp"

#include <cstdio>

#include "tests/sandbox/judge/sink_address.hpp"
#include "tests/sandbox/reproach.hpp"
#include "tests/sandbox/server/control_client.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

json::object counts(const std::map<std::string, std::uint64_t>& by_name) {
  json::object object;
  for (const auto& [name, count] : by_name) {
    object[name] = count;
  }
  return object;
}

}  // namespace

std::string as_json(const Judgement& judgement) {
  const Verdict& verdict = judgement.verdict;
  json::object result;
  result["clean"] = judgement.clean();
  result["members_complete"] = verdict.members;
  result["lost"] = verdict.lost;
  result["duplicated"] = verdict.duplicated;
  result["wrong"] = verdict.wrong;
  result["examples"] = json::value_from(verdict.examples);
  result["resources"] = counts(verdict.resources);
  result["claims_by_type"] = counts(verdict.claims_by_type);
  result["lines"] = verdict.lines;
  result["billed_total"] = verdict.billed_total;
  result["billed_by_ledger"] = verdict.billed_by_ledger;
  result["paid_total"] = verdict.paid_total;
  result["paid_by_ledger"] = verdict.paid_by_ledger;
  result["violations"] = judgement.violations;
  result["reproaches"] = json::value_from(judgement.reproaches);
  return json::serialize(result);
}

std::string as_text(const Judgement& judgement) {
  const Verdict& verdict = judgement.verdict;
  std::string text = "lost " + std::to_string(verdict.lost) + "  duplicated " +
                     std::to_string(verdict.duplicated) + "  wrong " +
                     std::to_string(verdict.wrong) + "\n";
  for (const std::string& example : verdict.examples) {
    text += "  " + example + "\n";
  }
  text += "billed " + verdict.billed_total + " of " + verdict.billed_by_ledger + "  paid " +
          verdict.paid_total + " of " + verdict.paid_by_ledger + "\n";
  const auto told = [&](const char* name) {
    text += std::string(name) + " " + std::to_string(counted(judgement.violations, name)) + "\n";
  };
  for (const char* name : never) {
    told(name);
  }
  told("refresh_retried_late");
  told("concurrency_max");
  for (const std::string& reproach : judgement.reproaches) {
    text += "held against us: " + reproach + "\n";
  }
  return text;
}

int verify(const VerifyOptions& options) {
  Judgement judgement;
  const auto ledger = parse_ledger(control_get(options.control, "/v1/ledger"));
  judgement.violations = json::parse(control_get(options.control, "/v1/violations")).as_object();
  judgement.verdict = judge_sink(options.sink, ledger);
  judgement.reproaches = reproaches(judgement.violations, options.kills);
  const std::string text = options.json ? as_json(judgement) + "\n" : as_text(judgement);
  std::fputs(text.c_str(), stdout);
  return judgement.clean() ? 0 : 1;
}

}  // namespace claimferry::sandbox
