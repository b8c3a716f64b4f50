#include <cstdio>

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

// Answers how many lines could not be read.
std::size_t show_segment(audit::SegmentReader reader, const audit::Filter& filter, bool as_json) {
  std::size_t unreadable = 0;
  while (const auto line = value_of(reader.next())) {
    const auto record = audit::parse_line(line->text);
    if (!record) {
      unreadable += line->kind == audit::SegmentReader::Line::Kind::half ? 0 : 1;
    } else if (filter.matches(record->entry)) {
      std::puts(as_json ? line->text.c_str() : audit::table_row(*record).c_str());
    }
  }
  return unreadable;
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
  std::size_t unreadable = 0;
  for (const audit::Segment& segment : segments) {
    if (filter->may_be_in(segment)) {
      auto reader = value_of(audit::SegmentReader::open(directory / segment.file_name()));
      unreadable += show_segment(std::move(reader), *filter, context.json);
    }
  }
  if (unreadable > 0) {
    throw CommandFailed{program::failed, std::to_string(unreadable) +
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
  shown->add_option("--event", words->event, "such as job_ended, consent_given, tokens_issued");
  shown->add_option("--since", words->since, "2026-11-24 or 2026-11-24T10:00:00Z, in UTC");
  shown->add_option("--until", words->until, "likewise; a day to its end");
  shown->callback(
      [&context, words] { context.run = [&context, words] { show(context, *words); }; });
}

}  // namespace claimferry::ctl
