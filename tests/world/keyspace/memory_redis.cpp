#include "tests/world/keyspace/memory_redis.hpp"

#include <openssl/sha.h>

#include "common/base/encoding.hpp"

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

Reply MemoryRedisServer::evaluate(const redis::Command& command, const std::string& sha1) {
  const auto key_count = command.size() > 2 ? parse_integer(command[2]) : std::nullopt;
  if (!key_count || *key_count < 0 || static_cast<std::size_t>(*key_count) > command.size() - 3) {
    return error("ERR Number of keys can't be greater than number of args");
  }
  const auto keys_begin = command.begin() + 3;
  const auto keys_end = keys_begin + static_cast<std::ptrdiff_t>(*key_count);
  return lua_.run(sha1, scripts_.at(sha1), Arguments(keys_begin, keys_end),
                  Arguments(keys_end, command.end()));
}

Reply MemoryRedisServer::execute(const redis::Command& command) {
  const std::string name = command.empty() ? "" : upper(command[0]);
  if (name == "EVALSHA" && command.size() >= 3) {
    const auto found = scripts_.find(lower(command[1]));
    if (found == scripts_.end()) {
      return error("NOSCRIPT No matching script. Please use EVAL.");
    }
    return evaluate(command, found->first);
  }
  if (name == "EVAL" && command.size() >= 3) {
    return evaluate(command, load(command[1]));
  }
  if (name == "SCRIPT" && command.size() == 3 && upper(command[1]) == "LOAD") {
    return text(load(command[2]));
  }
  if (name == "SCRIPT" && command.size() >= 2 && upper(command[1]) == "FLUSH") {
    lose_scripts();
    return ok();
  }
  return keys_.call(command);
}

awaitable<Result<Reply>> MemoryRedis::command(redis::Command command) {
  if (hook_) {
    auto before = co_await hook_(Moment::before);
    if (!before) {
      co_return std::move(before.failure());
    }
  }
  Reply reply = server_.execute(command);
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
