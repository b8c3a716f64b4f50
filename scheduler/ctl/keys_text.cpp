#include "scheduler/ctl/keys_text.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

namespace claimferry::ctl {
namespace {

namespace json = boost::json;
using queue::RotationReport;
using vault::KeyCensus;
using vault::KeyRing;
using vault::Standing;

std::string row(const std::string& key, std::uint64_t members, const std::string& standing,
                const std::string& what_follows) {
  char text[128];
  std::snprintf(text, sizeof text, "%-12s %9llu  %-8s  ", key.c_str(),
                static_cast<unsigned long long>(members), standing.c_str());
  return text + what_follows + "\n";
}

std::string what_follows(Standing standing, const std::string& active) {
  switch (standing) {
    case Standing::active:
      return "wraps new data keys";
    case Standing::needed:
      return "stays until they are under " + active + ": claimferry keys rotate";
    case Standing::may_go:
      return "not needed here; backups of Redis made while it was in use need it still";
    case Standing::missing:
      return "not in the key file: their work waits; put it back, or let them consent again";
  }
  return "";
}

bool has(const std::vector<KeyCensus::Row>& rows, Standing standing) {
  return std::ranges::find(rows, standing, &KeyCensus::Row::standing) != rows.end();
}

std::string fact(const std::string& name, const std::string& value) {
  char text[128];
  std::snprintf(text, sizeof text, "%-18s %s\n", name.c_str(), value.c_str());
  return text;
}

std::string next_step(const RotationReport& report, const std::string& active) {
  if (report.closed > 0) {
    return "left alone are those that do not open; which key they need: claimferry keys status\n";
  }
  if (report.changing > 0) {
    return "some changed each time they were looked at; run it again: claimferry keys rotate\n";
  }
  return "all are under " + active + "; which keys may go: claimferry keys status\n";
}

}  // namespace

std::string census_table(const KeyCensus& census, const KeyRing& keys) {
  const auto rows = census.rows(keys);
  std::string text = "KEY            MEMBERS  STANDING  WHAT FOLLOWS\n";
  for (const KeyCensus::Row& each : rows) {
    std::string standing(to_string(each.standing));
    std::ranges::replace(standing, '_', ' ');
    text += row(each.key, each.members, standing, what_follows(each.standing, keys.active().id));
  }
  if (census.without_key() > 0) {
    text += row("-", census.without_key(), "none",
                "no data key of this release: add them again with a refresh token");
  }
  if (has(rows, Standing::may_go)) {
    text += "before a key goes from the file, see that every process was started with " +
            keys.active().id + " active\n";
  }
  return text;
}

std::string census_json(const KeyCensus& census, const KeyRing& keys) {
  json::array rows;
  for (const KeyCensus::Row& each : census.rows(keys)) {
    rows.push_back(
        {{"key", each.key}, {"members", each.members}, {"standing", to_string(each.standing)}});
  }
  json::object object;
  object["active"] = keys.active().id;
  object["members"] = census.members();
  object["without_data_key"] = census.without_key();
  object["keys"] = std::move(rows);
  return json::serialize(object);
}

std::string rotation_table(const RotationReport& report, const std::string& active) {
  std::string text = fact("active key", active);
  text += fact("members", std::to_string(report.members()));
  text += fact("rewrapped", std::to_string(report.rewrapped));
  text += fact("already under it", std::to_string(report.already));
  text += fact("changing", std::to_string(report.changing));
  text += fact("do not open", std::to_string(report.closed));
  for (const auto& [member, why] : report.examples) {
    text += member.str() + ": " + why + "\n";
  }
  if (report.examples.size() < report.closed) {
    text += "and " + std::to_string(report.closed - report.examples.size()) + " more\n";
  }
  return text + next_step(report, active);
}

std::string rotation_json(const RotationReport& report, const std::string& active) {
  json::array examples;
  for (const auto& [member, why] : report.examples) {
    examples.push_back({{"member", member.str()}, {"why", why}});
  }
  json::object object;
  object["complete"] = report.is_complete();
  object["active"] = active;
  object["members"] = report.members();
  object["rewrapped"] = report.rewrapped;
  object["already"] = report.already;
  object["changing"] = report.changing;
  object["closed"] = report.closed;
  object["examples"] = std::move(examples);
  return json::serialize(object);
}

}  // namespace claimferry::ctl
