#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

Reply get(Keyspace& keys, const Arguments& command) {
  const auto* value = keys.find<std::string>(command[1]);
  return value == nullptr ? Reply{} : text(*value);
}

Reply set(Keyspace& keys, const Arguments& command) {
  bool only_new = false;
  bool only_old = false;
  std::int64_t expires_at = -1;
  for (std::size_t at = 3; at < command.size(); ++at) {
    const std::string option = upper(command[at]);
    if (option == "NX") {
      only_new = true;
    } else if (option == "XX") {
      only_old = true;
    } else if ((option == "PX" || option == "EX") && at + 1 < command.size()) {
      const std::int64_t unit = option == "EX" ? 1'000 : 1;
      expires_at = keys.now_ms() + integer_argument(command[++at]) * unit;
    } else {
      throw CommandError{"ERR syntax error"};
    }
  }
  if (only_new && only_old) {
    throw CommandError{"ERR syntax error"};
  }
  if ((only_new && keys.exists(command[1])) || (only_old && !keys.exists(command[1]))) {
    return Reply{};
  }
  keys.erase(command[1]);
  keys.get_or_create<std::string>(command[1]) = command[2];
  if (expires_at >= 0) {
    keys.set_expiry(command[1], expires_at);
  }
  return ok();
}

Reply setnx(Keyspace& keys, const Arguments& command) {
  if (keys.exists(command[1])) {
    return integer(0);
  }
  keys.get_or_create<std::string>(command[1]) = command[2];
  return integer(1);
}

Reply increase(Keyspace& keys, const std::string& key, std::int64_t by) {
  const auto* value = keys.find<std::string>(key);
  const std::int64_t number = checked_sum(value == nullptr ? 0 : integer_argument(*value), by);
  keys.get_or_create<std::string>(key) = std::to_string(number);
  return integer(number);
}

Reply incr(Keyspace& keys, const Arguments& command) {
  return increase(keys, command[1], 1);
}
Reply decr(Keyspace& keys, const Arguments& command) {
  return increase(keys, command[1], -1);
}
Reply incrby(Keyspace& keys, const Arguments& command) {
  return increase(keys, command[1], integer_argument(command[2]));
}

Reply del(Keyspace& keys, const Arguments& command) {
  std::int64_t erased = 0;
  for (std::size_t at = 1; at < command.size(); ++at) {
    erased += keys.erase(command[at]) ? 1 : 0;
  }
  return integer(erased);
}

Reply exists(Keyspace& keys, const Arguments& command) {
  std::int64_t found = 0;
  for (std::size_t at = 1; at < command.size(); ++at) {
    found += keys.exists(command[at]) ? 1 : 0;
  }
  return integer(found);
}

Reply expire_at(Keyspace& keys, const std::string& key, std::int64_t at_ms) {
  if (!keys.exists(key)) {
    return integer(0);
  }
  if (at_ms <= keys.now_ms()) {
    keys.erase(key);
  } else {
    keys.set_expiry(key, at_ms);
  }
  return integer(1);
}
Reply expire_in(Keyspace& keys, const Arguments& command, std::int64_t unit) {
  return expire_at(keys, command[1], keys.now_ms() + integer_argument(command[2]) * unit);
}
Reply expire(Keyspace& keys, const Arguments& command) {
  return expire_in(keys, command, 1'000);
}
Reply pexpire(Keyspace& keys, const Arguments& command) {
  return expire_in(keys, command, 1);
}
Reply pexpireat(Keyspace& keys, const Arguments& command) {
  return expire_at(keys, command[1], integer_argument(command[2]));
}

Reply pttl(Keyspace& keys, const Arguments& command) {
  return integer(keys.ttl_ms(command[1]));
}
Reply ttl(Keyspace& keys, const Arguments& command) {
  const std::int64_t milliseconds = keys.ttl_ms(command[1]);
  return integer(milliseconds < 0 ? milliseconds : (milliseconds + 500) / 1'000);
}
Reply persist(Keyspace& keys, const Arguments& command) {
  const bool had = keys.ttl_ms(command[1]) >= 0;
  keys.clear_expiry(command[1]);
  return integer(had ? 1 : 0);
}

Reply type(Keyspace& keys, const Arguments& command) {
  if (!keys.exists(command[1])) {
    return text("none");
  }
  constexpr const char* names[] = {"string", "hash", "list", "set", "zset", "stream"};
  return text(names[keys.values().at(command[1]).index()]);
}

}  // namespace

const CommandTable& string_commands() {
  static const CommandTable table{
      {"GET", {get, 2}},        {"SET", {set, -3, true}},   {"SETNX", {setnx, 3}},
      {"INCR", {incr, 2}},      {"DECR", {decr, 2}},        {"INCRBY", {incrby, 3}},
      {"DEL", {del, -2}},       {"UNLINK", {del, -2}},      {"EXISTS", {exists, -2}},
      {"EXPIRE", {expire, -3}}, {"PEXPIRE", {pexpire, -3}}, {"PEXPIREAT", {pexpireat, -3}},
      {"PTTL", {pttl, 2}},      {"TTL", {ttl, 2}},          {"PERSIST", {persist, 2}},
      {"TYPE", {type, 2, true}}};
  return table;
}

}  // namespace claimferry::world
