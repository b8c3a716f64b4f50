#include "tests/world/audit_judge.hpp"

#include <map>

namespace claimferry::world {
namespace {

std::vector<audit::Entry> waiting_in(Keyspace& keys) {
  std::vector<audit::Entry> entries;
  const Reply stream = keys.call({"XRANGE", "cf:{0}:audit", "-", "+"});
  for (const Reply& row : *stream.array()) {
    std::vector<std::string> words;
    for (const Reply& word : *row.array()->at(1).array()) {
      words.push_back(*word.text());
    }
    entries.push_back(audit::stream_entry(*row.array()->front().text(), words));
  }
  return entries;
}

std::optional<audit::Head> head_in(Keyspace& keys) {
  const Reply seq = keys.call({"HGET", "cf:{0}:audit_head", "seq"});
  const Reply hash = keys.call({"HGET", "cf:{0}:audit_head", "hash"});
  if (seq.text() == nullptr || hash.text() == nullptr) {
    return std::nullopt;
  }
  return audit::Head{std::strtoull(seq.text()->c_str(), nullptr, 10), *hash.text()};
}

std::string drained_twice(const std::vector<audit::Record>& records) {
  std::map<std::string, audit::Fields> seen;
  for (const audit::Record& record : records) {
    const auto [known, is_new] = seen.emplace(record.entry.id, record.entry.fields);
    if (!is_new && known->second == record.entry.fields) {
      return "audit: entry " + record.entry.id + " stands in it twice";
    }
  }
  return "";
}

}  // namespace

std::string judge_audit(const AuditCase& about) {
  const auto report = about.audit.verify(head_in(about.keys));
  if (!report.sound()) {
    return "audit: line " + std::to_string(report.flaws.front().line) + " " +
           report.flaws.front().what;
  }
  if (const auto twice = drained_twice(about.audit.records()); !twice.empty()) {
    return twice;
  }
  std::map<std::string, unsigned> ends;
  const auto note = [&ends](const audit::Entry& entry) {
    if (entry.event == "job_ended" && entry.field("outcome") == "done" &&
        !entry.field("worker").empty()) {
      ++ends[std::string(entry.field("job"))];
    }
    return entry.event == "entries_lost";
  };
  bool lost = false;
  for (const audit::Record& record : about.audit.records()) {
    lost = note(record.entry) || lost;
  }
  for (const audit::Entry& entry : waiting_in(about.keys)) {
    note(entry);
  }
  for (const std::string& job : about.done) {
    const unsigned times = ends[job];
    if (times == 0 || (times > 1 && !about.redis_forgot)) {
      return "audit: job " + job + " is done and told " + std::to_string(times) + " times";
    }
  }
  return lost ? "audit: it says that entries were lost, and no stream was full" : "";
}

}  // namespace claimferry::world
