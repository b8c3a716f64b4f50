#include <algorithm>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

Reply length(std::size_t size) {
  return integer(static_cast<std::int64_t>(size));
}

Reply lpush(Keyspace& keys, const Arguments& command) {
  auto& list = keys.get_or_create<ListValue>(command[1]);
  list.insert(list.begin(), command.rbegin(), command.rend() - 2);
  return length(list.size());
}
Reply rpush(Keyspace& keys, const Arguments& command) {
  auto& list = keys.get_or_create<ListValue>(command[1]);
  list.insert(list.end(), command.begin() + 2, command.end());
  return length(list.size());
}
Reply lpop(Keyspace& keys, const Arguments& command) {
  auto* list = keys.find<ListValue>(command[1]);
  if (list == nullptr) {
    return Reply{};
  }
  std::string item = std::move(list->front());
  list->pop_front();
  keys.drop_if_empty(command[1]);
  return text(std::move(item));
}
Reply rpop(Keyspace& keys, const Arguments& command) {
  auto* list = keys.find<ListValue>(command[1]);
  if (list == nullptr) {
    return Reply{};
  }
  std::string item = std::move(list->back());
  list->pop_back();
  keys.drop_if_empty(command[1]);
  return text(std::move(item));
}
// Nothing blocks in the world: an empty list answers as a timeout would.
Reply blpop(Keyspace& keys, const Arguments& command) {
  for (std::size_t at = 1; at + 1 < command.size(); ++at) {
    Reply item = lpop(keys, {"LPOP", command[at]});
    if (!item.is_nil()) {
      Reply::Array answer{text(command[at]), std::move(item)};
      return Reply{std::move(answer)};
    }
  }
  return Reply{};
}
Reply llen(Keyspace& keys, const Arguments& command) {
  const auto* list = keys.find<ListValue>(command[1]);
  return length(list == nullptr ? 0 : list->size());
}

std::pair<std::size_t, std::size_t> slice(const ListValue& list, const Arguments& command) {
  const auto size = static_cast<std::int64_t>(list.size());
  std::int64_t first = integer_argument(command[2]);
  std::int64_t last = integer_argument(command[3]);
  first = std::max<std::int64_t>(first < 0 ? first + size : first, 0);
  last = std::min(last < 0 ? last + size : last, size - 1);
  if (first > last) {
    return {0, 0};
  }
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last + 1)};
}
Reply lrange(Keyspace& keys, const Arguments& command) {
  Reply::Array items;
  if (const auto* list = keys.find<ListValue>(command[1])) {
    const auto [first, end] = slice(*list, command);
    for (std::size_t at = first; at < end; ++at) {
      items.push_back(text((*list)[at]));
    }
  }
  return Reply{std::move(items)};
}
Reply ltrim(Keyspace& keys, const Arguments& command) {
  if (auto* list = keys.find<ListValue>(command[1])) {
    const auto [first, end] = slice(*list, command);
    *list = ListValue(list->begin() + static_cast<std::ptrdiff_t>(first),
                      list->begin() + static_cast<std::ptrdiff_t>(end));
    keys.drop_if_empty(command[1]);
  }
  return ok();
}

Reply sadd(Keyspace& keys, const Arguments& command) {
  auto& set = keys.get_or_create<SetValue>(command[1]);
  std::int64_t added = 0;
  for (std::size_t at = 2; at < command.size(); ++at) {
    added += set.insert(command[at]).second ? 1 : 0;
  }
  return integer(added);
}
Reply srem(Keyspace& keys, const Arguments& command) {
  auto* set = keys.find<SetValue>(command[1]);
  std::int64_t erased = 0;
  for (std::size_t at = 2; set != nullptr && at < command.size(); ++at) {
    erased += static_cast<std::int64_t>(set->erase(command[at]));
  }
  keys.drop_if_empty(command[1]);
  return integer(erased);
}
Reply smembers(Keyspace& keys, const Arguments& command) {
  Reply::Array items;
  if (const auto* set = keys.find<SetValue>(command[1])) {
    for (const std::string& item : *set) {
      items.push_back(text(item));
    }
  }
  return Reply{std::move(items)};
}
Reply sismember(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SetValue>(command[1]);
  return integer(set != nullptr && set->contains(command[2]) ? 1 : 0);
}
Reply scard(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SetValue>(command[1]);
  return length(set == nullptr ? 0 : set->size());
}

// XADD key [MAXLEN [~|=] n] * field value …: only generated ids, which is all that scripts use.
Reply xadd(Keyspace& keys, const Arguments& command) {
  std::size_t at = 2;
  std::size_t length_max = 0;
  if (upper(command[at]) == "MAXLEN") {
    ++at;
    at += command[at] == "~" || command[at] == "=" ? 1 : 0;
    length_max = static_cast<std::size_t>(integer_argument(command[at++]));
  }
  if (command[at++] != "*" || (command.size() - at) % 2 != 0 || at == command.size()) {
    throw CommandError{"ERR wrong number of arguments for 'xadd' command"};
  }
  auto& stream = keys.get_or_create<StreamValue>(command[1]);
  const auto now = static_cast<std::uint64_t>(keys.now_ms());
  if (now > stream.last_milliseconds) {
    stream.last_milliseconds = now;
    stream.last_sequence = 0;
  } else {
    ++stream.last_sequence;
  }
  StreamEntry entry{stream.last_milliseconds, stream.last_sequence, {}};
  entry.fields.assign(command.begin() + static_cast<std::ptrdiff_t>(at), command.end());
  stream.entries.push_back(std::move(entry));
  while (length_max > 0 && stream.entries.size() > length_max) {
    stream.entries.pop_front();
  }
  return text(std::to_string(stream.last_milliseconds) + '-' +
              std::to_string(stream.last_sequence));
}
Reply xlen(Keyspace& keys, const Arguments& command) {
  const auto* stream = keys.find<StreamValue>(command[1]);
  return length(stream == nullptr ? 0 : stream->entries.size());
}

}  // namespace

const CommandTable& collection_commands() {
  static const CommandTable table{
      {"LPUSH", {lpush, 3}},   {"RPUSH", {rpush, 3}},       {"LPOP", {lpop, 2}},
      {"RPOP", {rpop, 2}},     {"BLPOP", {blpop, 3}},       {"LLEN", {llen, 2}},
      {"LRANGE", {lrange, 4}}, {"LTRIM", {ltrim, 4}},       {"SADD", {sadd, 3}},
      {"SREM", {srem, 3}},     {"SMEMBERS", {smembers, 2}}, {"SISMEMBER", {sismember, 3}},
      {"SCARD", {scard, 2}},   {"XADD", {xadd, 5}},         {"XLEN", {xlen, 2}}};
  return table;
}

}  // namespace claimferry::world
