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

awaitable<std::vector<std::string>> keys_of(redis::Client& redis) {
  redis::Command list{"KEYS", "*"};
  const Reply keys = co_await ask(redis, std::move(list));
  std::vector<std::string> names;
  for (const Reply& key : *keys.array()) {
    names.push_back(*key.text());
  }
  std::ranges::sort(names);
  co_return names;
}

std::string pairs_as(const std::string& key, const Reply& reply, const Print& print) {
  const Reply::Array& all = *reply.array();
  std::map<std::string, std::string> pairs;
  for (std::size_t at = 0; at + 1 < all.size(); at += 2) {
    pairs.emplace(*all[at].text(), *all[at + 1].text());
  }
  std::string out;
  for (const auto& [field, value] : pairs) {
    out += "  " + field + " = " + print(key, field, value) + '\n';
  }
  return out;
}

// The words of a stream's entry; its id is a time of either side's own.
std::string entry_as(const std::string& key, const Reply& row, const Print& print) {
  const Reply::Array& words = *row.array()->at(1).array();
  std::string out;
  for (std::size_t at = 0; at + 1 < words.size(); at += 2) {
    out += (at == 0 ? "" : " ") + *words[at].text() + "=" +
           print(key, *words[at].text(), *words[at + 1].text());
  }
  return out;
}

std::string items_as(const std::string& key, const Reply& reply, const Print& print) {
  if (const std::string* text = reply.text()) {
    return "  " + print(key, "", *text) + '\n';
  }
  std::string out;
  for (const Reply& item : *reply.array()) {
    const bool is_entry = item.array() != nullptr;
    out += "  " + (is_entry ? entry_as(key, item, print) : print(key, "", *item.text())) + '\n';
  }
  return out;
}

// Redis keeps no order in a set.
Reply in_order(const std::string& type, Reply reply) {
  if (type == "set") {
    std::ranges::sort(std::get<Reply::Array>(reply.value), {},
                      [](const Reply& item) { return *item.text(); });
  }
  return reply;
}

}  // namespace

awaitable<std::string> dump(redis::Client& redis) {
  const std::vector<std::string> names = co_await keys_of(redis);
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

awaitable<std::string> dump_as(redis::Client& redis, Print print) {
  const std::vector<std::string> names = co_await keys_of(redis);
  std::string out;
  for (const std::string& key : names) {
    redis::Command ask_type{"TYPE", key};
    const Reply type = co_await ask(redis, std::move(ask_type));
    Form form = form_of(*type.text(), key);
    const bool in_pairs = *type.text() == "hash" || *type.text() == "zset";
    Reply answer = co_await ask(redis, std::move(form.read));
    const Reply value = in_order(*type.text(), std::move(answer));
    out += key + ":\n" + (in_pairs ? pairs_as(key, value, print) : items_as(key, value, print));
  }
  co_return out;
}

}  // namespace claimferry::contract
