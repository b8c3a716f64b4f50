#include "common/queue/adapter/queue_scripts.hpp"

#include <algorithm>

#include "common/queue/lua_embedded.hpp"

namespace claimferry::queue {
namespace {

redis::Script script(std::string_view name, std::string_view body) {
  return redis::Script(name, std::string(lua::prelude_lua) + std::string(body));
}

std::string lower(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return result;
}

// What our scripts answer; every other code is Redis' own.
bool is_of_scripts(std::string_view code) {
  constexpr std::string_view codes[] = {"VERSION",     "BAD_ARGS",    "NO_MEMBER",    "NOT_ACTIVE",
                                        "OTHER_PAYER", "TOKEN_SPENT", "TOKEN_VERSION"};
  return std::ranges::find(codes, code) != std::end(codes);
}

}  // namespace

QueueScripts::QueueScripts()
    : claim(script("claim", lua::claim_lua)),
      heartbeat(script("heartbeat", lua::heartbeat_lua)),
      checkpoint(script("checkpoint", lua::checkpoint_lua)),
      finish(script("finish", lua::finish_lua)),
      postpone(script("postpone", lua::postpone_lua)),
      requeue(script("requeue", lua::requeue_lua)),
      promote(script("promote", lua::promote_lua)),
      reap(script("reap", lua::reap_lua)),
      plan(script("plan", lua::plan_lua)),
      enqueue(script("enqueue", lua::enqueue_lua)),
      member_add(script("member_add", lua::member_add_lua)),
      block_payer(script("block_payer", lua::block_payer_lua)),
      raise_fence(script("raise_fence", lua::raise_fence_lua)),
      token_intent(script("token_intent", lua::token_intent_lua)),
      token_load(script("token_load", lua::token_load_lua)),
      token_store(script("token_store", lua::token_store_lua)),
      stats(script("stats", lua::stats_lua)) {}

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
  if (code == "LEASE_LOST") {
    return {FailureKind::lease_lost, "lease_lost", std::move(detail)};
  }
  if (is_of_scripts(code)) {
    return {FailureKind::permanent, lower(code), std::move(detail)};
  }
  // No job's fault, be it a passing state or a right that our user lacks.
  return {FailureKind::local, "redis_" + lower(code), "Redis answers " + error.text};
}

bool passes_by_itself(const redis::Error& error) {
  constexpr std::string_view codes[] = {"LOADING",  "MASTERDOWN", "READONLY",
                                        "OOM",      "BUSY",       "CLUSTERDOWN",
                                        "TRYAGAIN", "MISCONF",    "NOREPLICAS"};
  return std::ranges::find(codes, error.text.substr(0, error.text.find(' '))) != std::end(codes);
}

std::string text(Duration duration) {
  return std::to_string(duration.count());
}
std::string text(Fence fence) {
  return std::to_string(to_number(fence));
}

void append(std::vector<std::string>& arguments, const JobRef& job) {
  arguments.push_back(job.job.str());
  arguments.push_back(job.member.str());
  arguments.push_back(text(job.fence));
}

}  // namespace claimferry::queue
