#include "tests/contract/redis_dump.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <vector>

#include "common/base/encoding.hpp"

namespace claimferry::contract {
namespace {

using redis::Reply;

std::string item(const Reply& reply) {
  return ' ' + to_hex(*reply.text());
}

std::string sequence(const Reply& reply) {
  std::string out;
  for (const Reply& element : *reply.array()) {
    out += item(element);
  }
  return out;
}

// `width` items belong together (a field and its value); Redis keeps no order among groups.
std::string sorted(const Reply& reply, std::size_t width) {
  const Reply::Array& all = *reply.array();
  std::map<std::string, std::string> groups;
  for (std::size_t at = 0; at < all.size(); at += width) {
    std::string group;
    for (std::size_t part = 0; part < width; ++part) {
      group += item(all[at + part]);
    }
    groups.emplace(*all[at].text(), group);
  }
  std::string out;
  for (const auto& [first, group] : groups) {
    out += group;
  }
  return out;
}

std::string with_scores(const Reply& reply) {
  const Reply::Array& all = *reply.array();
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += 2) {
    out += item(all[at]) + ' ' + *all[at + 1].text();
  }
  return out;
}

// Entries without their ids, which are times.
std::string entries(const Reply& reply) {
  std::string out;
  for (const Reply& entry : *reply.array()) {
    out += sequence(entry.array()->at(1)) + " ;";
  }
  return out;
}

struct Form {
  redis::Command read;
  std::string (*print)(const Reply&);
};

std::string fields(const Reply& reply) {
  return sorted(reply, 2);
}
std::string members(const Reply& reply) {
  return sorted(reply, 1);
}

Form form_of(const std::string& type, const std::string& key) {
  if (type == "string") {
    return {{"GET", key}, item};
  }
  if (type == "hash") {
    return {{"HGETALL", key}, fields};
  }
  if (type == "list") {
    return {{"LRANGE", key, "0", "-1"}, sequence};
  }
  if (type == "set") {
    return {{"SMEMBERS", key}, members};
  }
  if (type == "zset") {
    return {{"ZRANGE", key, "0", "-1", "WITHSCORES"}, with_scores};
  }
  if (type == "stream") {
    return {{"XRANGE", key, "-", "+"}, entries};
  }
  throw std::runtime_error("a key of a type unknown here: " + type);
}

awaitable<Reply> ask(redis::Client& redis, redis::Command command) {
  auto reply = co_await redis.command(std::move(command));
  if (!reply) {
    throw std::runtime_error(reply.failure().detail);
  }
  co_return *std::move(reply);
}

}  // namespace

awaitable<std::string> dump(redis::Client& redis, std::string skip) {
  redis::Command list{"KEYS", "*"};
  const Reply keys = co_await ask(redis, std::move(list));
  std::vector<std::string> names;
  for (const Reply& key : *keys.array()) {
    if (*key.text() != skip) {
      names.push_back(*key.text());
    }
  }
  std::ranges::sort(names);
  std::string out;
  for (const std::string& key : names) {
    redis::Command ask_type{"TYPE", key};
    const Reply type = co_await ask(redis, std::move(ask_type));
    redis::Command ask_expiry{"PTTL", key};
    const Reply expiry = co_await ask(redis, std::move(ask_expiry));
    Form form = form_of(*type.text(), key);
    const Reply value = co_await ask(redis, std::move(form.read));
    out += key + (*expiry.integer() >= 0 ? " (expires):" : ":") + form.print(value) + '\n';
  }
  co_return out;
}

}  // namespace claimferry::contract
