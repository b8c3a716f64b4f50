#include "scheduler/ctl/audit_text.hpp"

#include <boost/json.hpp>

namespace claimferry::ctl {
namespace {

std::string plural(std::uint64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

std::string verified_lines(const Verified& verified) {
  const audit::VerifyReport& report = verified.report;
  std::string text;
  for (const audit::Flaw& flaw : report.flaws) {
    text += verified.directory + "/" + flaw.file + ":" + std::to_string(flaw.line) + ": " +
            flaw.what + "\n";
  }
  if (report.flaws.size() < report.flaws_in_all) {
    text += "and " + plural(report.flaws_in_all - report.flaws.size(), "more flaw") + "\n";
  }
  if (!verified.redis_away.empty()) {
    text += "not compared with Redis, so that a cut end could not be told: " + verified.redis_away +
            "\n";
  }
  const std::string size =
      plural(report.lines, "line") + " in " + plural(report.segments, "segment");
  return text +
         (report.sound()
              ? "the audit is sound: " + size
              : "the audit was TAMPERED with or damaged: " + plural(report.flaws_in_all, "flaw") +
                    " in " + size + "; keep the files as they are, and look at a backup") +
         "\n";
}

std::string verified_json(const Verified& verified) {
  namespace json = boost::json;
  const audit::VerifyReport& report = verified.report;
  json::array flaws;
  for (const audit::Flaw& flaw : report.flaws) {
    flaws.push_back({{"file", flaw.file}, {"line", flaw.line}, {"what", flaw.what}});
  }
  json::object object;
  object["sound"] = report.sound();
  object["segments"] = report.segments;
  object["lines"] = report.lines;
  object["head"] = {{"seq", report.head.seq}, {"hash", report.head.hash}};
  object["compared_with_redis"] = verified.redis_away.empty();
  object["flaws"] = std::move(flaws);
  object["flaws_in_all"] = report.flaws_in_all;
  return json::serialize(object);
}

}  // namespace claimferry::ctl
