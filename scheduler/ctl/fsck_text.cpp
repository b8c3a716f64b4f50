#include "scheduler/ctl/fsck_text.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

namespace claimferry::ctl {
namespace {

namespace json = boost::json;
using queue::Finding;
using queue::FsckReport;

std::string row(const std::string& name, std::uint64_t found, std::uint64_t repaired,
                const std::string& holds) {
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, "%8llu%10llu", static_cast<unsigned long long>(found),
                static_cast<unsigned long long>(repaired));
  std::string padded = name;
  padded.resize(std::max<std::size_t>(padded.size(), 8), ' ');
  return padded + numbers + "  " + holds + "\n";
}

std::string example(const Finding& finding) {
  const bool waits = !finding.mended && finding.mendable;
  return finding.row + "  " + finding.about + " " + finding.what + (waits ? "; --repair: " : "; ") +
         finding.remedy + "\n";
}

std::string plural(std::uint64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string next_step(const FsckReport& report) {
  if (report.clean()) {
    return report.found() == 0 ? "the queue is sound\n" : "the queue is sound again\n";
  }
  const auto examples = report.examples();
  const bool mendable = std::ranges::any_of(
      examples, [](const Finding& finding) { return !finding.mended && finding.mendable; });
  return mendable ? "mend it while it works: claimferry fsck --repair\n"
                  : "what is left needs a person; each line says what to do\n";
}

}  // namespace

std::string fsck_table(const FsckReport& report) {
  std::string text = "CHECK      FOUND  REPAIRED  WHAT HOLDS\n";
  for (const auto& [name, holds] : queue::fsck_rows()) {
    const auto count = report.count(name);
    text += row(name, count.found, count.repaired, holds);
  }
  const auto examples = report.examples();
  for (const Finding& finding : examples) {
    text += example(finding);
  }
  if (examples.size() < report.found()) {
    text += "and " + std::to_string(report.found() - examples.size()) + " more\n";
  }
  for (const std::string& key : report.aside()) {
    text += "put aside: " + key + "; look at it, then delete it\n";
  }
  if (report.hidden() > 0) {
    text += plural(report.hidden(), "item") +
            " could not be looked at: a key of another type stands in the way" + "them\n";
  }
  for (const std::string& count : report.unjudged()) {
    text += "not judged: " + count + ", which changes too fast; try again at a quieter time\n";
  }
  return text + next_step(report);
}

std::string fsck_json(const FsckReport& report) {
  json::array checks;
  for (const auto& [name, holds] : queue::fsck_rows()) {
    const auto count = report.count(name);
    checks.push_back({{"check", name}, {"found", count.found}, {"repaired", count.repaired}});
  }
  json::array examples;
  for (const Finding& finding : report.examples()) {
    examples.push_back({{"check", finding.row},
                        {"about", finding.about},
                        {"what", finding.what},
                        {"remedy", finding.remedy},
                        {"repaired", finding.mended}});
  }
  json::object object;
  object["clean"] = report.clean();
  object["found"] = report.found();
  object["repaired"] = report.found() - report.left();
  object["left"] = report.left();
  object["checks"] = std::move(checks);
  object["examples"] = std::move(examples);
  object["hidden"] = report.hidden();
  object["aside"] = json::value_from(report.aside());
  object["unjudged"] = json::value_from(report.unjudged());
  return json::serialize(object);
}

}  // namespace claimferry::ctl
