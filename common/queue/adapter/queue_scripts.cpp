#include "common/queue/adapter/queue_scripts.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/oauth/refresh_policy.hpp"
#include "common/queue/lua_embedded.hpp"

namespace claimferry::queue {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += part;
  }
  return text;
}

// What stands before every script of the queue.
std::string moves() {
  return joined(
      {lua::base_lua, lua::audit_lua, lua::keepalive_lua, lua::moves_lua, lua::grants_lua});
}

redis::Script script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), lua::script_lua, body}));
}

// Lua has at most 200 locals in one function: what names are a file's own end with it.
std::string alone(std::string_view body) {
  return joined({"do\n", body, "end\n"});
}

// Nor may one refer to more than 60 of another's.
std::string console_quota() {
  return joined(
      {"local function define_quota()\n", lua::state_lua, lua::quota_lua, "end\ndefine_quota()\n"});
}

// What operators may type, in the order of cf_help.
std::string console() {
  return joined({lua::form_lua, lua::arguments_lua, lua::commands_lua, lua::help_lua,
                 lua::status_lua, lua::member_lua, alone(lua::why_lua), lua::backfill_lua,
                 lua::batches_lua, lua::cancel_lua, alone(lua::dead_lua), lua::pause_lua,
                 console_quota(), alone(joined({lua::erasing_lua, lua::leave_lua}))});
}

redis::Script serving_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), lua::token_served_lua, lua::script_lua, body}));
}

redis::Script gathered_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), lua::script_lua, lua::one_by_one_lua, body}));
}

// What may begin a member's erasure.
redis::Script erasing_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), lua::erasing_lua, lua::script_lua, body}));
}

// Beside a database of record.
redis::Script record_script(std::string_view name, std::string_view body) {
  return redis::Script(name,
                       joined({moves(), lua::erasing_lua, lua::mirror_lua, lua::script_lua, body}));
}

redis::Script console_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), console(), lua::script_lua, body}));
}

redis::Script enrolment_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({moves(), lua::enrolments_lua, lua::script_lua, body}));
}

redis::Script quota_script(std::string_view name, std::string_view body) {
  return redis::Script(name, joined({lua::base_lua, lua::state_lua, lua::served_lua, lua::learn_lua,
                                     lua::script_lua, body}));
}

// It begins by itself: what the other scripts begin with may be what is broken.
redis::Script fsck_script() {
  return redis::Script(
      "fsck",
      joined({moves(), lua::findings_lua, lua::mends_lua, lua::check_jobs_lua,
              lua::check_members_lua, lua::check_entries_lua, lua::check_pauses_lua,
              lua::check_batches_lua, lua::check_keys_lua, lua::check_counts_lua, lua::fsck_lua}));
}

std::string lower(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return result;
}

// States that Redis leaves without our doing.
constexpr std::string_view states_of_redis[] = {"LOADING",  "MASTERDOWN", "READONLY",
                                                "OOM",      "BUSY",       "CLUSTERDOWN",
                                                "TRYAGAIN", "MISCONF",    "NOREPLICAS"};

// What our scripts answer; every other code is Redis' own.
bool is_of_scripts(std::string_view code) {
  constexpr std::string_view codes[] = {"VERSION",     "BAD_ARGS",     "NO_MEMBER",
                                        "NOT_ACTIVE",  "OTHER_PAYER",  "OTHER_DATA_KEY",
                                        "TOKEN_SPENT", "TOKEN_VERSION"};
  return std::ranges::find(codes, code) != std::end(codes);
}

}  // namespace

QueueScripts::QueueScripts()
    : claim(script("claim", lua::claim_lua)),
      heartbeat(script("heartbeat", lua::heartbeat_lua)),
      checkpoint(script("checkpoint", lua::checkpoint_lua)),
      finish(gathered_script("finish", lua::finish_lua)),
      postpone(script("postpone", lua::postpone_lua)),
      requeue(script("requeue", lua::requeue_lua)),
      reap(script("reap", lua::reap_lua)),
      enqueue(gathered_script("enqueue", lua::enqueue_lua)),
      member_add(script("member_add", lua::member_add_lua)),
      member_used(script("member_used", lua::member_used_lua)),
      member_erase(erasing_script("member_erase", lua::member_erase_lua)),
      raise_fence(script("raise_fence", lua::raise_fence_lua)),
      token_intent(script("token_intent", lua::token_intent_lua)),
      token_keys(script("token_keys", lua::token_keys_lua)),
      token_load(script("token_load", lua::token_load_lua)),
      token_refused(script("token_refused", lua::token_refused_lua)),
      token_rewrap(script("token_rewrap", lua::token_rewrap_lua)),
      token_store(serving_script("token_store", lua::token_store_lua)),
      stats(redis::Script("stats",
                          joined({moves(), lua::state_lua, lua::script_lua, lua::stats_lua}))),
      lead(script("lead", lua::lead_lua)),
      promote(script("promote", lua::promote_lua)),
      plan(script("plan", lua::plan_lua)),
      tidy(script("tidy", lua::tidy_lua)),
      take_inbox(console_script("take_inbox", lua::take_inbox_lua)),
      carry_out(script("carry_out", lua::carry_out_lua)),
      expand(script("expand", lua::expand_lua)),
      reconcile(script("reconcile", lua::reconcile_lua)),
      audit_read(script("audit_read", lua::audit_read_lua)),
      audit_forget(script("audit_forget", lua::audit_forget_lua)),
      erase(erasing_script("erase", lua::erase_lua)),
      retain(erasing_script("retain", lua::retain_lua)),
      fsck(fsck_script()),
      member_mirror(record_script("member_mirror", lua::member_mirror_lua)),
      member_enrolled(record_script("member_enrolled", lua::member_enrolled_lua)),
      unrecorded(script("unrecorded", lua::unrecorded_lua)),
      recorded(script("recorded", lua::recorded_lua)),
      token_sending(script("token_sending", lua::token_sending_lua)),
      token_denied(script("token_denied", lua::token_denied_lua)),
      token_renewed(serving_script("token_renewed", lua::token_renewed_lua)),
      keys_rewrapped(script("keys_rewrapped", lua::keys_rewrapped_lua)),
      member_yield(script("member_yield", lua::member_yield_lua)),
      member_yielded(script("member_yielded", lua::member_yielded_lua)),
      enrolment_begin(enrolment_script("enrolment_begin", lua::begin_enrolment_lua)),
      enrolment_take(enrolment_script("enrolment_take", lua::take_enrolment_lua)),
      enrolment_end(enrolment_script("enrolment_end", lua::settle_enrolment_lua)),
      quota_take(quota_script("quota_take", lua::take_lua)),
      quota_refused(quota_script("quota_refused", lua::refused_lua)),
      quota_breaker(quota_script("quota_breaker", lua::breaker_lua)) {}

std::string function_library() {
  return "#!lua name=claimferry\n" + joined({moves(), console(), lua::library_lua});
}

std::shared_ptr<const QueueScripts> QueueScripts::shared() {
  static const std::shared_ptr<const QueueScripts> scripts(new QueueScripts);
  return scripts;
}

awaitable<Result<redis::Reply>> call_script(redis::Client& redis, redis::Script script,
                                            std::vector<std::string> arguments) {
  std::vector<std::string> keys{std::string(root_key)};
  arguments.insert(arguments.begin(), std::string(writer_version));
  auto reply = co_await redis::call(redis, script, std::move(keys), std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return failure_of(*error);
  }
  co_return std::move(*reply);
}

Failure failure_of(const redis::Error& error) {
  const auto space = error.text.find(' ');
  const std::string code = error.text.substr(0, space);
  std::string detail = space == std::string::npos ? error.text : error.text.substr(space + 1);
  if (code == "LEASE_LOST" || code == "NOT_LEADER") {
    return {FailureKind::lease_lost, lower(code), std::move(detail)};
  }
  if (code == "CANCELLED") {
    return {FailureKind::cancelled, lower(code), std::move(detail)};
  }
  if (code == "GRANTS_STOPPED") {
    return oauth::refreshing_stopped(Duration(std::atoll(detail.c_str())));
  }
  if (is_of_scripts(code)) {
    return {FailureKind::permanent, lower(code), std::move(detail)};
  }
  // No job's fault, be it a passing state or a right that our user lacks.
  return {FailureKind::local, "redis_" + lower(code), "Redis answers " + error.text};
}

bool concerns_every_call(const Failure& failure) {
  constexpr std::string_view of_the_connection[] = {"redis_unreachable", "redis_refused",
                                                    "redis_timeout", "redis_disconnected",
                                                    "redis_protocol"};
  if (std::ranges::find(of_the_connection, failure.code) != std::end(of_the_connection)) {
    return true;
  }
  return std::ranges::any_of(states_of_redis, [&](std::string_view code) {
    return failure.code == "redis_" + lower(code);
  });
}

bool passes_by_itself(const redis::Error& error) {
  const auto code = error.text.substr(0, error.text.find(' '));
  return std::ranges::find(states_of_redis, code) != std::end(states_of_redis);
}

std::string text(Duration duration) {
  return std::to_string(duration.count());
}
std::string text(Fence fence) {
  return std::to_string(to_number(fence));
}
std::string text_or_none(std::optional<WallTime> at) {
  return at ? std::to_string(at->time_since_epoch().count()) : "";
}

void append(std::vector<std::string>& arguments, const JobRef& job) {
  arguments.push_back(job.job.str());
  arguments.push_back(job.member.str());
  arguments.push_back(text(job.fence));
}

}  // namespace claimferry::queue
