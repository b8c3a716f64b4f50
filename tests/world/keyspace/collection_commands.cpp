#include <algorithm>
#include <cstdlib>

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
// Without a count one item or nil; with one an array, nil when there is no list.
Reply pop(Keyspace& keys, const Arguments& command, bool from_front) {
  if (command.size() > 3) {
    throw CommandError{"ERR wrong number of arguments for '" + lower(command[0]) + "' command"};
  }
  const bool counted = command.size() == 3;
  auto count = static_cast<std::size_t>(counted ? positive_argument(command[2]) : 1);
  auto* list = keys.find<ListValue>(command[1]);
  if (list == nullptr) {
    return Reply{};
  }
  Reply::Array items;
  for (; count > 0 && !list->empty(); --count) {
    std::string& end = from_front ? list->front() : list->back();
    items.push_back(text(std::move(end)));
    if (from_front) {
      list->pop_front();
    } else {
      list->pop_back();
    }
  }
  keys.drop_if_empty(command[1]);
  return counted ? Reply{std::move(items)} : std::move(items[0]);
}
Reply lpop(Keyspace& keys, const Arguments& command) {
  return pop(keys, command, true);
}
Reply rpop(Keyspace& keys, const Arguments& command) {
  return pop(keys, command, false);
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

struct Range {
  std::int64_t first;
  std::int64_t last;
};
Range range_arguments(const Arguments& command) {
  const std::int64_t first = integer_argument(command[2]);
  return {first, integer_argument(command[3])};
}

// First, and one past the last.
std::pair<std::size_t, std::size_t> slice(const ListValue& list, Range range) {
  const auto size = static_cast<std::int64_t>(list.size());
  auto [first, last] = range;
  first = std::max<std::int64_t>(first < 0 ? first + size : first, 0);
  last = std::min(last < 0 ? last + size : last, size - 1);
  if (first > last) {
    return {0, 0};
  }
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last + 1)};
}
Reply lrange(Keyspace& keys, const Arguments& command) {
  const Range range = range_arguments(command);
  Reply::Array items;
  if (const auto* list = keys.find<ListValue>(command[1])) {
    const auto [first, end] = slice(*list, range);
    for (std::size_t at = first; at < end; ++at) {
      items.push_back(text((*list)[at]));
    }
  }
  return Reply{std::move(items)};
}
Reply ltrim(Keyspace& keys, const Arguments& command) {
  const Range range = range_arguments(command);
  if (auto* list = keys.find<ListValue>(command[1])) {
    const auto [first, end] = slice(*list, range);
    *list = ListValue(list->begin() + static_cast<std::ptrdiff_t>(first),
                      list->begin() + static_cast<std::ptrdiff_t>(end));
    keys.drop_if_empty(command[1]);
  }
  return ok();
}

// count > 0: from the front; < 0: from the back; 0: all of them.
Reply lrem(Keyspace& keys, const Arguments& command) {
  const std::int64_t count = integer_argument(command[2]);
  auto* list = keys.find<ListValue>(command[1]);
  if (list == nullptr) {
    return integer(0);
  }
  const auto most = count == 0 ? list->size() : static_cast<std::size_t>(std::abs(count));
  if (count < 0) {
    std::ranges::reverse(*list);
  }
  std::size_t removed = 0;
  std::erase_if(*list, [&](const std::string& item) {
    const bool goes = removed < most && item == command[3];
    removed += goes ? 1 : 0;
    return goes;
  });
  if (count < 0) {
    std::ranges::reverse(*list);
  }
  keys.drop_if_empty(command[1]);
  return length(removed);
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
Reply smismember(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SetValue>(command[1]);
  Reply::Array answers;
  for (std::size_t at = 2; at < command.size(); ++at) {
    answers.push_back(integer(set != nullptr && set->contains(command[at]) ? 1 : 0));
  }
  return Reply{std::move(answers)};
}
Reply scard(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SetValue>(command[1]);
  return length(set == nullptr ? 0 : set->size());
}

}  // namespace

const CommandTable& collection_commands() {
  static const CommandTable table{
      {"LPUSH", {lpush, -3}},  {"RPUSH", {rpush, -3}},        {"LPOP", {lpop, -2}},
      {"RPOP", {rpop, -2}},    {"BLPOP", {blpop, -3}},        {"LLEN", {llen, 2}},
      {"LRANGE", {lrange, 4}}, {"LTRIM", {ltrim, 4, true}},   {"LREM", {lrem, 4}},
      {"SADD", {sadd, -3}},    {"SREM", {srem, -3}},          {"SMEMBERS", {smembers, 2}},
      {"SCARD", {scard, 2}},   {"SISMEMBER", {sismember, 3}}, {"SMISMEMBER", {smismember, -3}}};
  return table;
}

}  // namespace claimferry::world
