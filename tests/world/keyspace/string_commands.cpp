#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

Reply get(Keyspace& keys, const Arguments& command) {
  const auto* value = keys.find<std::string>(command[1]);
  return value == nullptr ? Reply{} : text(*value);
}

struct SetOptions {
  bool only_new = false;
  bool only_old = false;
  bool get = false;
  bool keep_expiry = false;
  std::string expiry_unit;  // EX, PX, EXAT or PXAT
  std::string expiry;
};

SetOptions set_options(const Arguments& command) {
  SetOptions options;
  for (std::size_t at = 3; at < command.size(); ++at) {
    const std::string word = upper(command[at]);
    const bool no_expiry_yet = options.expiry_unit.empty() && !options.keep_expiry;
    const bool is_expiry = word == "EX" || word == "PX" || word == "EXAT" || word == "PXAT";
    if (word == "NX" && !options.only_old) {
      options.only_new = true;
    } else if (word == "XX" && !options.only_new) {
      options.only_old = true;
    } else if (word == "GET") {
      options.get = true;
    } else if (word == "KEEPTTL" && options.expiry_unit.empty()) {
      options.keep_expiry = true;
    } else if (is_expiry && no_expiry_yet && at + 1 < command.size()) {
      options.expiry_unit = word;
      options.expiry = command[++at];
    } else {
      throw CommandError{"ERR syntax error"};
    }
  }
  return options;
}

// -1: none.
std::int64_t expires_at_ms(const SetOptions& options, std::int64_t now_ms) {
  if (options.expiry_unit.empty()) {
    return -1;
  }
  const std::int64_t unit = options.expiry_unit.starts_with('E') ? 1'000 : 1;
  const std::int64_t base = options.expiry_unit.ends_with("AT") ? 0 : now_ms;
  const std::int64_t number = integer_argument(options.expiry);
  std::int64_t at_ms = 0;
  if (number <= 0 || __builtin_mul_overflow(number, unit, &at_ms) ||
      __builtin_add_overflow(at_ms, base, &at_ms)) {
    throw CommandError{"ERR invalid expire time in 'set' command"};
  }
  return at_ms;
}

Reply set(Keyspace& keys, const Arguments& command) {
  const SetOptions options = set_options(command);
  const std::int64_t expires_at = expires_at_ms(options, keys.now_ms());
  const std::string& key = command[1];
  Reply old = options.get ? get(keys, command) : Reply{};
  const bool known = keys.exists(key);
  if ((options.only_new && known) || (options.only_old && !known)) {
    return old;
  }
  const std::int64_t left_ms = keys.ttl_ms(key);
  keys.erase(key);
  keys.get_or_create<std::string>(key) = command[2];
  if (expires_at >= 0) {
    keys.set_expiry(key, expires_at);
  } else if (options.keep_expiry && left_ms >= 0) {
    keys.set_expiry(key, keys.now_ms() + left_ms);
  }
  return options.get ? std::move(old) : ok();
}

Reply getdel(Keyspace& keys, const Arguments& command) {
  Reply held = get(keys, command);
  keys.erase(command[1]);
  return held;
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

Reply renamenx(Keyspace& keys, const Arguments& command) {
  const std::string& from = command[1];
  const std::string& to = command[2];
  if (!keys.exists(from)) {
    throw CommandError{"ERR no such key"};
  }
  if (keys.exists(to)) {
    return integer(0);
  }
  const Value value = keys.values().at(from);
  const std::int64_t left_ms = keys.ttl_ms(from);
  keys.erase(from);
  std::visit([&](const auto& held) { keys.get_or_create<std::decay_t<decltype(held)>>(to) = held; },
             value);
  if (left_ms >= 0) {
    keys.set_expiry(to, keys.now_ms() + left_ms);
  }
  return integer(1);
}

Reply type(Keyspace& keys, const Arguments& command) {
  return text(keys.exists(command[1]) ? type_name(keys.values().at(command[1])) : "none");
}

}  // namespace

const CommandTable& string_commands() {
  static const CommandTable table{
      {"GET", {get, 2}},         {"SET", {set, -3, true}},
      {"SETNX", {setnx, 3}},     {"INCR", {incr, 2}},
      {"DECR", {decr, 2}},       {"INCRBY", {incrby, 3}},
      {"DEL", {del, -2}},        {"UNLINK", {del, -2}},
      {"EXISTS", {exists, -2}},  {"GETDEL", {getdel, 2}},
      {"TYPE", {type, 2, true}}, {"RENAMENX", {renamenx, 3, false, false, true}}};
  return table;
}

}  // namespace claimferry::world
