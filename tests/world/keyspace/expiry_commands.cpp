#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

// What must hold of the expiry that the key has, as EXPIRE's options say it.
struct Condition {
  bool none = false;  // NX
  bool some = false;  // XX
  bool later = false;
  bool earlier = false;

  bool* flag(const std::string& word) {
    return word == "NX"   ? &none
           : word == "XX" ? &some
           : word == "GT" ? &later
           : word == "LT" ? &earlier
                          : nullptr;
  }
  // has: whether the key expires at all; never is later than any time.
  bool admits(bool has, std::int64_t held_ms, std::int64_t at_ms) const {
    return !(none && has) && !(some && !has) && !(later && (!has || at_ms <= held_ms)) &&
           !(earlier && has && at_ms >= held_ms);
  }
};

Condition condition_of(const Arguments& command) {
  Condition condition;
  for (std::size_t at = 3; at < command.size(); ++at) {
    bool* flag = condition.flag(upper(command[at]));
    if (flag == nullptr) {
      throw CommandError{"ERR Unsupported option " + command[at]};
    }
    *flag = true;
  }
  if (condition.none && (condition.some || condition.later || condition.earlier)) {
    throw CommandError{"ERR NX and XX, GT or LT options at the same time are not compatible"};
  }
  if (condition.later && condition.earlier) {
    throw CommandError{"ERR GT and LT options at the same time are not compatible"};
  }
  return condition;
}

Reply expire_at(Keyspace& keys, const Arguments& command, std::int64_t base, std::int64_t unit) {
  const Condition condition = condition_of(command);
  const std::string& key = command[1];
  std::int64_t at_ms = 0;
  if (__builtin_mul_overflow(integer_argument(command[2]), unit, &at_ms) ||
      __builtin_add_overflow(at_ms, base, &at_ms)) {
    throw CommandError{"ERR invalid expire time in '" + lower(command[0]) + "' command"};
  }
  if (!keys.exists(key)) {
    return integer(0);
  }
  const std::int64_t left = keys.ttl_ms(key);
  if (!condition.admits(left >= 0, keys.now_ms() + left, at_ms)) {
    return integer(0);
  }
  if (at_ms <= keys.now_ms()) {
    keys.erase(key);
  } else {
    keys.set_expiry(key, at_ms);
  }
  return integer(1);
}
Reply expire(Keyspace& keys, const Arguments& command) {
  return expire_at(keys, command, keys.now_ms(), 1'000);
}
Reply pexpire(Keyspace& keys, const Arguments& command) {
  return expire_at(keys, command, keys.now_ms(), 1);
}
Reply expireat(Keyspace& keys, const Arguments& command) {
  return expire_at(keys, command, 0, 1'000);
}
Reply pexpireat(Keyspace& keys, const Arguments& command) {
  return expire_at(keys, command, 0, 1);
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

}  // namespace

const CommandTable& expiry_commands() {
  static const CommandTable table{{"EXPIRE", {expire, -3}},     {"PEXPIRE", {pexpire, -3}},
                                  {"EXPIREAT", {expireat, -3}}, {"PEXPIREAT", {pexpireat, -3}},
                                  {"PTTL", {pttl, 2}},          {"TTL", {ttl, 2}},
                                  {"PERSIST", {persist, 2}}};
  return table;
}

}  // namespace claimferry::world
