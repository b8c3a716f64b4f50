#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

std::int64_t put_all(Keyspace& keys, const Arguments& command) {
  if (command.size() % 2 != 0) {
    throw CommandError{"ERR wrong number of arguments for '" + lower(command[0]) + "' command"};
  }
  auto& hash = keys.get_or_create<HashValue>(command[1]);
  std::int64_t added = 0;
  for (std::size_t at = 2; at < command.size(); at += 2) {
    added += hash.insert_or_assign(command[at], command[at + 1]).second ? 1 : 0;
  }
  return added;
}

Reply hset(Keyspace& keys, const Arguments& command) {
  return integer(put_all(keys, command));
}
Reply hmset(Keyspace& keys, const Arguments& command) {
  put_all(keys, command);
  return ok();
}

Reply hsetnx(Keyspace& keys, const Arguments& command) {
  auto& hash = keys.get_or_create<HashValue>(command[1]);
  return integer(hash.try_emplace(command[2], command[3]).second ? 1 : 0);
}

Reply field(const HashValue* hash, const std::string& name) {
  if (hash == nullptr) {
    return Reply{};
  }
  const auto found = hash->find(name);
  return found == hash->end() ? Reply{} : text(found->second);
}

Reply hget(Keyspace& keys, const Arguments& command) {
  return field(keys.find<HashValue>(command[1]), command[2]);
}

Reply hmget(Keyspace& keys, const Arguments& command) {
  const auto* hash = keys.find<HashValue>(command[1]);
  Reply::Array values;
  for (std::size_t at = 2; at < command.size(); ++at) {
    values.push_back(field(hash, command[at]));
  }
  return Reply{std::move(values)};
}

Reply hdel(Keyspace& keys, const Arguments& command) {
  auto* hash = keys.find<HashValue>(command[1]);
  std::int64_t erased = 0;
  for (std::size_t at = 2; hash != nullptr && at < command.size(); ++at) {
    erased += static_cast<std::int64_t>(hash->erase(command[at]));
  }
  keys.drop_if_empty(command[1]);
  return integer(erased);
}

Reply hexists(Keyspace& keys, const Arguments& command) {
  const auto* hash = keys.find<HashValue>(command[1]);
  return integer(hash != nullptr && hash->contains(command[2]) ? 1 : 0);
}

Reply hincrby(Keyspace& keys, const Arguments& command) {
  const std::int64_t by = integer_argument(command[3]);
  const Reply held = field(keys.find<HashValue>(command[1]), command[2]);
  const auto before = held.is_nil() ? 0 : parse_integer(*held.text());
  if (!before) {
    throw CommandError{"ERR hash value is not an integer"};
  }
  const std::int64_t number = checked_sum(*before, by);
  keys.get_or_create<HashValue>(command[1])[command[2]] = std::to_string(number);
  return integer(number);
}

Reply hlen(Keyspace& keys, const Arguments& command) {
  const auto* hash = keys.find<HashValue>(command[1]);
  return integer(hash == nullptr ? 0 : static_cast<std::int64_t>(hash->size()));
}

Reply all(Keyspace& keys, const Arguments& command, bool names, bool held) {
  Reply::Array values;
  if (const auto* hash = keys.find<HashValue>(command[1])) {
    for (const auto& [name, value] : *hash) {
      if (names) {
        values.push_back(text(name));
      }
      if (held) {
        values.push_back(text(value));
      }
    }
  }
  return Reply{std::move(values)};
}
Reply hgetall(Keyspace& keys, const Arguments& command) {
  return all(keys, command, true, true);
}
Reply hkeys(Keyspace& keys, const Arguments& command) {
  return all(keys, command, true, false);
}
Reply hvals(Keyspace& keys, const Arguments& command) {
  return all(keys, command, false, true);
}

}  // namespace

const CommandTable& hash_commands() {
  static const CommandTable table{
      {"HSET", {hset, -4}},      {"HMSET", {hmset, -4, true}}, {"HSETNX", {hsetnx, 4}},
      {"HGET", {hget, 3}},       {"HMGET", {hmget, -3}},       {"HDEL", {hdel, -3}},
      {"HEXISTS", {hexists, 3}}, {"HINCRBY", {hincrby, 4}},    {"HLEN", {hlen, 2}},
      {"HGETALL", {hgetall, 2}}, {"HKEYS", {hkeys, 2}},        {"HVALS", {hvals, 2}}};
  return table;
}

}  // namespace claimferry::world
