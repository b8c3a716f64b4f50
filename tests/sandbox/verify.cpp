#include "tests/sandbox/verify.hpp"

#include <cstdio>
#include <stdexcept>

#include <boost/json.hpp>

#include "tests/sandbox/judge/judge.hpp"
#include "tests/sandbox/server/control_client.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr const char* never[] = {"requests_during_retry_after", "refresh_reused",
                                 "tokens_elsewhere", "unknown_parameters"};

bool nothing_to_reproach(const json::object& violations) {
  bool clean = true;
  for (const char* name : never) {
    clean = clean && violations.at(name).to_number<std::uint64_t>() == 0;
  }
  return clean;
}

json::object counts(const std::map<std::string, std::uint64_t>& by_name) {
  json::object object;
  for (const auto& [name, count] : by_name) {
    object[name] = count;
  }
  return object;
}

json::object as_json(const Verdict& verdict, const json::object& violations) {
  json::object result;
  result["clean"] = verdict.clean() && nothing_to_reproach(violations);
  result["members_complete"] = verdict.members;
  result["lost"] = verdict.lost;
  result["duplicated"] = verdict.duplicated;
  result["wrong"] = verdict.wrong;
  result["examples"] = json::value_from(verdict.examples);
  result["resources"] = counts(verdict.resources);
  result["claims_by_type"] = counts(verdict.claims_by_type);
  result["billed_total"] = verdict.billed_total;
  result["paid_total"] = verdict.paid_total;
  result["violations"] = violations;
  return result;
}

void print(const Verdict& verdict, const json::object& violations) {
  std::printf("lost %llu  duplicated %llu  wrong %llu\n",
              static_cast<unsigned long long>(verdict.lost),
              static_cast<unsigned long long>(verdict.duplicated),
              static_cast<unsigned long long>(verdict.wrong));
  for (const std::string& example : verdict.examples) {
    std::printf("  %s\n", example.c_str());
  }
  for (const char* name : never) {
    std::printf("%s %s\n", name, json::serialize(violations.at(name)).c_str());
  }
}

}  // namespace

int verify(const VerifyOptions& options) {
  constexpr std::string_view kind = "sqlite:";
  if (!options.sink.starts_with(kind)) {
    throw std::runtime_error("--sink must be sqlite:PATH");
  }
  const auto ledger = parse_ledger(control_get(options.control, "/v1/ledger"));
  const auto violations = json::parse(control_get(options.control, "/v1/violations")).as_object();
  const Verdict verdict = judge_sqlite(options.sink.substr(kind.size()), ledger);
  if (options.json) {
    std::printf("%s\n", json::serialize(as_json(verdict, violations)).c_str());
  } else {
    print(verdict, violations);
  }
  return verdict.clean() && nothing_to_reproach(violations) ? 0 : 1;
}

}  // namespace claimferry::sandbox
