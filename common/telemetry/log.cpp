#include "common/telemetry/log.hpp"

#include <array>
#include <cstdio>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/telemetry/advice.hpp"

namespace claimferry::telemetry {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::string_view name_of(LogLevel level) {
  return level_names[static_cast<std::size_t>(level)];
}

void append_escaped(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_field(std::string& out, const Field& field) {
  out += ',';
  append_escaped(out, field.key);
  out += ':';
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else {
    append_escaped(out, std::get<std::string_view>(field.value));
  }
}

std::int64_t milliseconds(Duration duration) {
  return duration.count();
}

struct Teller {
  Log& log;

  void operator()(const JobClaimed& event) const {
    log.write(LogLevel::debug, "job_claimed",
              {{"job", event.job.str()},
               {"kind", event.kind},
               {"lane", event.lane},
               {"waited_ms", milliseconds(event.waited)}});
  }
  void operator()(const JobSettled& event) const {
    const bool trouble = event.outcome == "dead" || event.outcome == "reconsent";
    log.write(trouble ? LogLevel::warning : LogLevel::info, "job_settled",
              {{"job", event.job.str()},
               {"kind", event.kind},
               {"outcome", event.outcome},
               {"stage", event.stage},
               {"code", event.code},
               {"detail", event.detail},
               {"took_ms", milliseconds(event.took)}});
  }
  void operator()(const RequestStarted&) const {}
  void operator()(const RequestDone& event) const {
    log.write(LogLevel::debug, "request_done",
              {{"payer", event.payer.str()},
               {"endpoint", event.endpoint},
               {"status", static_cast<std::int64_t>(event.status)},
               {"code", event.code},
               {"took_ms", milliseconds(event.took)}});
  }
  void operator()(const PageCommitted& event) const {
    log.write(
        LogLevel::debug, "page_committed",
        {{"job", event.job.str()}, {"payer", event.payer.str()}, {"resource", event.resource}});
  }
  void operator()(const EntryRejected& event) const {
    const Advice& advice = advice_for(reject_reasons, event.reason);
    log.write(advice.level, "entry_rejected",
              {{"job", event.job.str()},
               {"payer", event.payer.str()},
               {"reason", event.reason},
               {"pointer", event.pointer},
               {"detail", advice.detail}});
  }
  void operator()(const TokenRefreshed& event) const {
    const Advice& advice = advice_for(refresh_outcomes, event.outcome);
    log.write(advice.level, "token_refresh",
              {{"job", event.job.str()},
               {"payer", event.payer.str()},
               {"outcome", event.outcome},
               {"detail", advice.detail}});
  }
  void operator()(const EnrolmentEnded& event) const {
    const Advice& advice = advice_for(enrolment_outcomes, event.outcome);
    log.write(advice.level, "enrolment",
              {{"payer", event.payer.str()},
               {"outcome", event.outcome},
               {"code", event.code},
               {"detail", event.detail.empty() ? advice.detail : std::string_view(event.detail)}});
  }
  void operator()(const CallbackAnswered&) const {}
  void operator()(const ApiKeyMissing&) const {}
  void operator()(const HandlerThrew& event) const {
    log.write(LogLevel::error, "handler_threw",
              {{"port", event.port},
               {"type", event.type},
               {"detail",
                "the request was answered 500; there may be no memory left, else it is a mistake "
                "of ours: please report it"}});
  }
  void operator()(const RateLimited& event) const {
    log.write(LogLevel::info, "rate_limited",
              {{"payer", event.payer.str()},
               {"lane", event.lane},
               {"wait_ms", milliseconds(event.wait)}});
  }
  void operator()(const LeaseLost& event) const {
    log.write(LogLevel::warning, "lease_lost",
              {{"job", event.job.str()},
               {"detail",
                "its lease ran out or was given to another, and this worker writes no more for it; "
                "if this goes on, raise queue.lease"}});
  }
  void operator()(const WriteFenced& event) const {
    log.write(
        LogLevel::warning, "write_fenced",
        {{"job", event.job.str()},
         {"detail", "the sink holds a later lease of this member and took nothing of this one"}});
  }
  void operator()(const SweepHeld& event) const {
    log.write(LogLevel::error, "sweep_held",
              {{"job", event.job.str()},
               {"payer", event.payer.str()},
               {"missing", static_cast<std::int64_t>(event.missing)},
               {"detail",
                "a sweep no longer saw more than a fifth of the member's claims; none is marked "
                "absent: ask the payer whether it withdrew them"}});
  }
  void operator()(const PermitsGranted&) const {}
  void operator()(const PermitUsed&) const {}
  void operator()(const QuotaRate& event) const {
    char rate[32];
    std::snprintf(rate, sizeof rate, "%.3f", event.requests_a_second);
    log.write(LogLevel::debug, "quota_rate",
              {{"payer", event.payer.str()}, {"requests_a_second", rate}});
  }
  void operator()(const PayerQuiet& event) const {
    log.write(LogLevel::info, "payer_quiet",
              {{"payer", event.payer.str()}, {"quiet_ms", milliseconds(event.how_long)}});
  }
  void operator()(const GrantsStopped& event) const {
    log.write(LogLevel::error, "grants_stopped",
              {{"payer", event.payer.str()},
               {"detail",
                "the payer refused the refresh tokens of too many members within ten minutes; no "
                "more are sent and nobody is parked until it honours one: ask the payer, and end "
                "it with: claimferry resume grants:PAYER"}});
  }
  void operator()(const BreakerMoved& event) const {
    log.write(event.open ? LogLevel::error : LogLevel::info,
              event.open ? "breaker_opened" : "breaker_closed", {{"payer", event.payer.str()}});
  }
  void operator()(const JobMalformed& event) const {
    log.write(LogLevel::error, "job_malformed",
              {{"job", event.job.str()},
               {"detail",
                "it was not written by claimferry and is a dead letter; enqueue the work again"}});
  }
  void operator()(const LocalTrouble& event) const {
    log.write(event.over ? LogLevel::info : LogLevel::error,
              event.over ? "local_trouble_over" : "local_trouble",
              {{"what", event.what}, {"code", event.code}, {"detail", event.detail}});
  }
  void operator()(const MembersReplanned& event) const {
    log.write(LogLevel::warning, "members_replanned",
              {{"members", static_cast<std::int64_t>(event.members)},
               {"detail", "they were neither due nor queued nor running; did Redis lose writes?"}});
  }
  void operator()(const AuditDrained&) const {}
  void operator()(const AuditLost& event) const {
    log.write(LogLevel::error, "audit_lost",
              {{"entries", static_cast<std::int64_t>(event.entries)},
               {"detail",
                "entries of the audit were gone from Redis before any file had them: a scheduler "
                "must be able to write audit.path, and its user and the workers' may need the "
                "rights that deploy/redis/users.acl gives"}});
  }
  void operator()(const AuditTrouble& event) const {
    log.write(event.over ? LogLevel::info : LogLevel::error,
              event.over ? "audit_trouble_over" : "audit_trouble",
              {{"code", event.code}, {"detail", event.detail}});
  }
  void operator()(const MembersErased& event) const {
    log.write(LogLevel::info, "members_erased",
              {{"members", static_cast<std::int64_t>(event.members)}});
  }
  void operator()(const PolicyActed& event) const {
    log.write(LogLevel::warning, "policy_acted",
              {{"action", event.action},
               {"members", static_cast<std::int64_t>(event.members)},
               {"detail", "by [retention] of the configuration; the audit names them"}});
  }
  void operator()(const JobsPoisoned& event) const {
    log.write(LogLevel::error, "jobs_poisoned",
              {{"jobs", static_cast<std::int64_t>(event.jobs)},
               {"detail",
                "the leases of these jobs ran out again and again, and they are dead letters now: "
                "look for crashes of the workers that held them; claimferry dead list"}});
  }
  void operator()(const ClaimsStored&) const {}
  void operator()(const PayerClock&) const {}
  void operator()(const SinkWrote&) const {}
  void operator()(const DataKeyOpened&) const {}
  void operator()(const LoopLagged&) const {}
  void operator()(const TokenUnpersisted& event) const {
    log.write(LogLevel::error, "token_unpersisted",
              {{"job", event.job.str()},
               {"payer", event.payer.str()},
               {"detail",
                "the payer gave new tokens and nothing took them, however long it was tried; the "
                "old refresh token may be spent: look at Redis or the database, and ask for the "
                "member's consent again"}});
  }
  void operator()(const FilesReloaded& event) const {
    const bool failed = !event.detail.empty();
    log.write(failed ? LogLevel::error : LogLevel::info, failed ? "reload_failed" : "reloaded",
              {{"what", event.what},
               {"detail", failed ? event.detail + "; what was read before goes on"
                                 : std::string("read anew and in force")}});
  }
  void operator()(const ProcessEvent& event) const {
    log.write(LogLevel::info, event.what, {{"detail", event.detail}});
  }
};

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  for (std::size_t at = 0; at < level_names.size(); ++at) {
    if (level_names[at] == text) {
      return static_cast<LogLevel>(at);
    }
  }
  return std::nullopt;
}

std::string format_line(WallTime time, LogLevel level, std::string_view program,
                        std::string_view event, std::initializer_list<Field> fields) {
  std::string line = "{\"time\":\"" + format_exact_time(time) + "\"";
  append_field(line, {"level", name_of(level)});
  append_field(line, {"program", program});
  append_field(line, {"event", event});
  for (const Field& field : fields) {
    append_field(line, field);
  }
  line += '}';
  return line;
}

struct Log::Sink {
  spdlog::logger logger{"claimferry", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

Log::Log(std::string program, LogLevel level)
    : program_(std::move(program)), level_(level), sink_(std::make_unique<Sink>()) {
  sink_->logger.set_pattern("%v");
  sink_->logger.set_level(spdlog::level::trace);
}

Log::~Log() {
  sink_->logger.flush();
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (level >= level_) {
    sink_->logger.log(
        spdlog::level::info,
        spdlog::string_view_t(format_line(SystemClock().wall(), level, program_, event, fields)));
  }
}

void LogObserver::on(const Event& event) noexcept {
  std::visit(Teller{log_}, event);
}

}  // namespace claimferry::telemetry
