#include "tests/contract/redis_copy.hpp"

#include <stdexcept>

namespace claimferry::contract {
namespace {

using redis::Reply;

awaitable<Reply> ask(redis::Client& redis, redis::Command command) {
  auto reply = co_await redis.command(std::move(command));
  if (!reply) {
    throw std::runtime_error(reply.failure().detail);
  }
  co_return *std::move(reply);
}

redis::Command reading(const std::string& type, const std::string& key) {
  if (type == "hash") {
    return {"HGETALL", key};
  }
  return type == "zset" ? redis::Command{"ZRANGE", key, "0", "-1", "WITHSCORES"}
                        : redis::Command{"GET", key};
}

void write(world::Keyspace& into, const std::string& type, const std::string& key,
           const Reply& value) {
  if (const std::string* text = value.text()) {
    into.call({"SET", key, *text});
    return;
  }
  const Reply::Array& items = *value.array();
  for (std::size_t at = 0; at + 1 < items.size(); at += 2) {
    const std::string& first = *items[at].text();
    const std::string& second = *items[at + 1].text();
    if (type == "hash") {
      into.call({"HSET", key, first, second});
    } else {
      into.call({"ZADD", key, second, first});
    }
  }
}

}  // namespace

awaitable<void> copy_queue(redis::Client& redis, world::Keyspace& into) {
  redis::Command list{"KEYS", "cf:{0}:*"};
  const Reply keys = co_await ask(redis, std::move(list));
  for (const Reply& name : *keys.array()) {
    const std::string& key = *name.text();
    redis::Command ask_type{"TYPE", key};
    const Reply answer = co_await ask(redis, std::move(ask_type));
    const std::string& type = *answer.text();
    if (key.starts_with("cf:{0}:aside:") ||
        (type != "hash" && type != "zset" && type != "string")) {
      continue;
    }
    auto read = reading(type, key);
    const Reply value = co_await ask(redis, std::move(read));
    write(into, type, key, value);
  }
}

}  // namespace claimferry::contract
