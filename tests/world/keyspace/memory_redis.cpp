#include "tests/world/keyspace/memory_redis.hpp"

#include <openssl/sha.h>

#include "common/base/encoding.hpp"
#include "tests/world/keyspace/function_commands.hpp"
#include "tests/world/keyspace/keys_and_arguments.hpp"

namespace claimferry::world {
namespace {

Reply error(std::string text) {
  return Reply{redis::Error{std::move(text)}};
}

}  // namespace

std::string MemoryRedisServer::load(const std::string& source) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(source.data()), source.size(), digest);
  std::string sha1 = to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
  scripts_[sha1] = edit_ ? edit_(source) : source;
  return sha1;
}

Reply MemoryRedisServer::evaluate(const redis::Command& command, const std::string& sha1,
                                  const FunctionLibraries::Edit& older) {
  const auto split = keys_and_arguments(command, "ERR value is not an integer or out of range");
  if (split.problem) {
    return Reply{*split.problem};
  }
  const std::string& source = scripts_.at(sha1);
  return older ? lua_.run(sha1 + " older", older(source), split.keys, split.arguments)
               : lua_.run(sha1, source, split.keys, split.arguments);
}

void MemoryRedisServer::restart() {
  lose_scripts();
  libraries_.restart();
  disconnect_subscribers();
}

void MemoryRedisServer::wipe() {
  keys_.wipe();
  lose_scripts();
  libraries_.clear();
  disconnect_subscribers();
}

void MemoryRedisServer::disconnect_subscribers() {
  keys_.channels().end_all({FailureKind::local, "redis_disconnected", "the server went away"});
}

void MemoryRedisServer::edit_scripts(Edit edit) {
  libraries_.edit_code(edit);
  edit_ = std::move(edit);
}

std::optional<Reply> MemoryRedisServer::execute_script(const std::string& name,
                                                       const redis::Command& command,
                                                       const FunctionLibraries::Edit& older) {
  if (name == "EVALSHA" && command.size() >= 3) {
    const auto found = scripts_.find(lower(command[1]));
    return found == scripts_.end() ? error("NOSCRIPT No matching script. Please use EVAL.")
                                   : evaluate(command, found->first, older);
  }
  if (name == "EVAL" && command.size() >= 3) {
    return evaluate(command, load(command[1]), older);
  }
  if (name == "SCRIPT" && command.size() == 3 && upper(command[1]) == "LOAD") {
    return text(load(command[2]));
  }
  if (name == "SCRIPT" && command.size() >= 2 && upper(command[1]) == "FLUSH") {
    lose_scripts();
    return ok();
  }
  return std::nullopt;
}

Reply MemoryRedisServer::execute(const redis::Command& command,
                                 const FunctionLibraries::Edit& older) {
  const std::string name = command.empty() ? "" : upper(command[0]);
  if (name == "FCALL" || name == "FCALL_RO") {
    return call_function(libraries_, command, name == "FCALL_RO");
  }
  if (name == "FUNCTION") {
    return function_command(libraries_, command);
  }
  auto answer = execute_script(name, command, older);
  return answer ? *std::move(answer) : keys_.call(command);
}

awaitable<Result<Reply>> MemoryRedis::command(redis::Command command) {
  if (hook_) {
    auto before = co_await hook_(Moment::before);
    if (!before) {
      co_return std::move(before.failure());
    }
  }
  Reply reply = server_.execute(command, older_);
  if (hook_) {
    auto after = co_await hook_(Moment::after);
    if (!after) {
      co_return std::move(after.failure());
    }
  }
  co_return reply;
}

awaitable<Result<Reply>> MemoryRedis::blocking_command(redis::Command command, Duration) {
  return this->command(std::move(command));
}

}  // namespace claimferry::world
