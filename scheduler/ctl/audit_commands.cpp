#include <cstdio>
#include <set>

#include "common/audit/adapter/redis_audit_stream.hpp"
#include "common/audit/adapter/segment_files.hpp"
#include "common/audit/adapter/verify_files.hpp"
#include "common/audit/filter.hpp"
#include "scheduler/ctl/audit_filter.hpp"
#include "scheduler/ctl/audit_text.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

constexpr std::size_t events_told_max = 64;

// What cannot be asked of Redis is told, and the files are looked at all the same.
std::optional<audit::Head> head_of_redis(const config::Config& config, std::string& away) {
  try {
    Session session(config, Session::Demands::any_keys);
    audit::RedisAuditStream stream(session.redis());
    return session.run(stream.head());
  } catch (const CommandFailed& failure) {
    away = failure.text;
    return std::nullopt;
  }
}

void verify(const Context& context) {
  const config::Config config = load_config(context);
  Verified verified{{}, config.audit.path, ""};
  const auto head = head_of_redis(config, verified.redis_away);
  auto report = audit::verify_files(config.audit.path, head);
  if (!report) {
    throw CommandFailed{program::failed, report.failure().detail};
  }
  verified.report = std::move(*report);
  if (context.json) {
    std::puts(verified_json(verified).c_str());
  } else {
    std::fputs(verified_lines(verified).c_str(), stdout);
  }
  if (!verified.report.sound()) {
    throw CommandFailed{program::failed, ""};
  }
}

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    throw CommandFailed{program::failed, result.failure().detail};
  }
  return std::move(*result);
}

struct Shown {
  std::size_t unreadable = 0;
  std::size_t lines = 0;
  std::set<std::string> events;  // that were looked at; the writer's, so they are few
};

void show_segment(audit::SegmentReader reader, const audit::Filter& filter, bool as_json,
                  Shown& shown) {
  while (const auto line = value_of(reader.next())) {
    const auto record = audit::parse_line(line->text);
    if (!record) {
      shown.unreadable += line->kind == audit::SegmentReader::Line::Kind::half ? 0 : 1;
      continue;
    }
    if (shown.events.size() < events_told_max) {
      shown.events.insert(record->entry.event);
    }
    if (filter.matches(record->entry)) {
      ++shown.lines;
      std::puts(as_json ? line->text.c_str() : audit::table_row(*record).c_str());
    }
  }
}

// Silence would leave open whether nothing was, or a word was mistyped.
void tell_of_nothing(const Shown& shown, const std::string& event) {
  std::string text = "no line of the audit is of that";
  if (!event.empty() && !shown.events.contains(event)) {
    text += "; what was looked at has no event " + event + ", but";
    for (const std::string& name : shown.events) {
      text += " " + name;
    }
  }
  std::fprintf(stderr, "claimferry: %s\n", text.c_str());
}

void show(const Context& context, const AuditWords& words) {
  const auto filter = audit_filter(words);
  if (!filter) {
    throw CommandFailed{program::usage, filter.failure().detail};
  }
  const std::filesystem::path directory = load_config(context, {}).audit.path;
  const auto segments = value_of(audit::segments_in(directory));
  if (segments.empty()) {
    throw CommandFailed{program::failed, "there is no audit at " + directory.string() +
                                             " (audit.path); the scheduler that leads writes it"};
  }
  Shown shown;
  for (const audit::Segment& segment : segments) {
    if (filter->may_be_in(segment)) {
      auto reader = value_of(audit::SegmentReader::open(directory / segment.file_name()));
      show_segment(std::move(reader), *filter, context.json, shown);
    }
  }
  if (shown.lines == 0) {
    tell_of_nothing(shown, words.event);
  }
  if (shown.unreadable > 0) {
    throw CommandFailed{program::failed, std::to_string(shown.unreadable) +
                                             " lines are none of the audit; look: claimferry "
                                             "audit verify"};
  }
}

}  // namespace

void add_audit_commands(CLI::App& app, Context& context) {
  CLI::App* audit = app.add_subcommand("audit", "who touched whose data, and when");
  audit->require_subcommand(1);
  audit->add_subcommand("verify", "whether the audit is whole and nobody changed it")
      ->callback([&context] { context.run = [&context] { verify(context); }; });
  CLI::App* shown = audit->add_subcommand("show", "its lines, oldest first");
  auto words = std::make_shared<AuditWords>();
  shown->add_option("--member", words->member, "whose data was touched");
  shown->add_option("--key", words->key, "which key sealed tokens; claimferry keys makes them");
  shown->add_option("--worker", words->worker, "who touched it");
  shown->add_option("--event", words->event, "such as job_ended, consent_given, operator");
  shown->add_option("--since", words->since, "2026-11-24 or 2026-11-24T10:00:00Z, in UTC");
  shown->add_option("--until", words->until, "likewise; a day to its end");
  shown->callback(
      [&context, words] { context.run = [&context, words] { show(context, *words); }; });
}

}  // namespace claimferry::ctl
