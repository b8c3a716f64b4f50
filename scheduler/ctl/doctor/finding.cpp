#include "scheduler/ctl/doctor/finding.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "common/base/assert.hpp"

namespace claimferry::ctl {
namespace {

std::string_view mark_of(Health health) {
  switch (health) {
    case Health::good:
      return "√";
    case Health::doubtful:
      return "‼";
    case Health::bad:
      return "×";
  }
  return "×";
}

std::string_view name_of(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::doubtful:
      return "doubtful";
    case Health::bad:
      return "bad";
  }
  return "bad";
}

}  // namespace

Finding good(std::string link, std::string what) {
  return {Health::good, std::move(link), std::move(what), ""};
}

Finding doubtful(std::string link, std::string what, std::string fix) {
  CLAIMFERRY_ASSERT(!fix.empty());
  return {Health::doubtful, std::move(link), std::move(what), std::move(fix)};
}

Finding bad(std::string link, std::string what, std::string fix) {
  CLAIMFERRY_ASSERT(!fix.empty());
  return {Health::bad, std::move(link), std::move(what), std::move(fix)};
}

std::string findings_table(const std::vector<Finding>& findings) {
  std::string table;
  for (const Finding& finding : findings) {
    table += mark_of(finding.health);
    table += " " + finding.link + ": " + finding.what + "\n";
    if (!finding.fix.empty()) {
      table += "    " + finding.fix + "\n";
    }
  }
  return table;
}

std::string findings_json(const std::vector<Finding>& findings) {
  boost::json::array array;
  for (const Finding& finding : findings) {
    boost::json::object object;
    object["health"] = name_of(finding.health);
    object["link"] = finding.link;
    object["what"] = finding.what;
    object["fix"] = finding.fix;
    array.push_back(std::move(object));
  }
  return boost::json::serialize(array) + "\n";
}

bool any_bad(const std::vector<Finding>& findings) {
  return std::ranges::find(findings, Health::bad, &Finding::health) != findings.end();
}

}  // namespace claimferry::ctl
