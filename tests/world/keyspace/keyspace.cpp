#include "tests/world/keyspace/keyspace.hpp"

#include <algorithm>
#include <cctype>

#include <fnmatch.h>

#include "common/base/encoding.hpp"

namespace claimferry::world {
namespace {

Reply error(std::string text) {
  return Reply{redis::Error{std::move(text)}};
}

// As Redis prints it: name and up to 128 bytes of arguments.
std::string unknown_command(const Arguments& command) {
  std::string arguments;
  for (std::size_t at = 1; at < command.size() && arguments.size() < 128; ++at) {
    arguments += '\'' + command[at].substr(0, 128 - arguments.size()) + "' ";
  }
  return "ERR unknown command '" + command[0].substr(0, 128) +
         "', with args beginning with: " + arguments;
}

struct Dumper {
  std::string out;
  void bytes(std::string_view value) { out += ' ' + to_hex(value); }
  void operator()(const std::string& value) { bytes(value); }
  void operator()(const HashValue& value) {
    for (const auto& [field, held] : value) {
      bytes(field);
      bytes(held);
    }
  }
  void operator()(const ListValue& value) {
    for (const std::string& item : value) {
      bytes(item);
    }
  }
  void operator()(const SetValue& value) {
    for (const std::string& item : value) {
      bytes(item);
    }
  }
  void operator()(const SortedSetValue& value) {
    for (const auto& [score, member] : value.order) {
      bytes(member);
      out += ' ' + format_score(score);
    }
  }
  void operator()(const StreamValue& value) {
    for (const StreamEntry& entry : value.entries) {
      for (const std::string& field : entry.fields) {
        bytes(field);
      }
      out += " ;";
    }
  }
};

// What changes nothing; anything else counts as a write. Held to Redis' own flags by lock-step.
bool reads_only(std::string_view name) {
  static const std::set<std::string_view> names{
      "EXISTS",    "GET",      "HEXISTS", "HGET",   "HGETALL",       "HKEYS",    "HLEN",
      "HMGET",     "HSCAN",    "HVALS",   "KEYS",   "LLEN",          "LRANGE",   "PTTL",
      "SCARD",     "SCAN",     "SSCAN",   "TIME",   "SISMEMBER",     "SMEMBERS", "SMISMEMBER",
      "TTL",       "TYPE",     "XLEN",    "XRANGE", "XREVRANGE",     "ZCARD",    "ZCOUNT",
      "ZMSCORE",   "ZRANGE",   "ZRANK",   "ZSCAN",  "ZRANGEBYSCORE", "ZSCORE",   "ZREVRANGEBYSCORE",
      "ZREVRANGE", "ZREVRANK", "PING",    "INFO",   "CONFIG",        "PUBLISH",  "XINFO"};
  return names.contains(name);
}

using AllCommands = std::unordered_map<std::string, CommandSpec>;

AllCommands every_command() {
  AllCommands all;
  for (const CommandTable* table :
       {&string_commands(), &expiry_commands(), &hash_commands(), &sorted_set_commands(),
        &collection_commands(), &stream_commands(), &scan_commands(), &server_commands()}) {
    for (const auto& [name, spec] : *table) {
      CommandSpec& kept = all.emplace(name, spec).first->second;
      kept.only_reads = reads_only(name);
      kept.many_keys = name == "DEL" || name == "UNLINK";
      kept.may_get = name == "SET";
      kept.may_replicate = name == "PUBLISH";
      kept.not_from_scripts = name == "CONFIG" || name == "BLPOP";
    }
  }
  return all;
}

}  // namespace

bool CommandSpec::takes(std::size_t words) const noexcept {
  const int count = static_cast<int>(words);
  return arity >= 0 ? count == arity : count >= -arity;
}

const CommandSpec* Keyspace::find_command(const std::string& name) {
  static const AllCommands all = every_command();
  auto found = all.find(name);
  if (found == all.end()) {
    found = all.find(upper(name));
  }
  return found == all.end() ? nullptr : &found->second;
}

void Keyspace::wipe() {
  values_.clear();
  expires_at_ms_.clear();
  touched_.all = true;
}

void Keyspace::restore(const Saved& saved) {
  values_ = saved.values;
  expires_at_ms_ = saved.expires_at_ms;
  touched_.all = true;
}

void Keyspace::touch(const CommandSpec& spec, const Arguments& command) {
  const std::size_t keys_end = spec.many_keys ? command.size() : 2;
  for (std::size_t at = 1; !spec.only_reads && at < std::min(keys_end, command.size()); ++at) {
    touched_.keys.insert(command[at]);
  }
}

Reply Keyspace::call(const Arguments& command) {
  if (command.empty()) {
    return error("ERR empty command");
  }
  const CommandSpec* spec = find_command(command[0]);
  if (spec == nullptr) {
    return error(unknown_command(command));
  }
  if (!spec->takes(command.size())) {
    return error("ERR wrong number of arguments for '" + lower(command[0]) + "' command");
  }
  touch(*spec, command);
  try {
    return spec->handler(*this, command);
  } catch (const WrongType&) {
    return error("WRONGTYPE Operation against a key holding the wrong kind of value");
  } catch (const CommandError& failed) {
    return error(failed.text);
  }
}

std::string Keyspace::dump() const {
  Dumper dumper;
  std::set<std::string_view> keys;
  for (const auto& [key, value] : values_) {
    keys.insert(key);
  }
  for (const std::string_view name : keys) {
    const std::string key(name);
    if (!expired(key)) {
      dumper.out += key + (expires_at_ms_.contains(key) ? " (expires):" : ":");
      std::visit(dumper, values_.at(key));
      dumper.out += '\n';
    }
  }
  return std::move(dumper.out);
}

bool Keyspace::expired(const std::string& key) const {
  const auto found = expires_at_ms_.find(key);
  return found != expires_at_ms_.end() && found->second <= now_ms();
}

void Keyspace::expire(const std::string& key) {
  if (expired(key)) {
    values_.erase(key);
    expires_at_ms_.erase(key);
  }
}

bool Keyspace::exists(const std::string& key) {
  expire(key);
  return values_.contains(key);
}

bool Keyspace::erase(const std::string& key) {
  expire(key);
  expires_at_ms_.erase(key);
  return values_.erase(key) > 0;
}

void Keyspace::drop_if_empty(const std::string& key) {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return;
  }
  struct IsEmpty {
    bool operator()(const std::string&) const { return false; }
    bool operator()(const HashValue& value) const { return value.empty(); }
    bool operator()(const ListValue& value) const { return value.empty(); }
    bool operator()(const SetValue& value) const { return value.empty(); }
    bool operator()(const SortedSetValue& value) const { return value.scores.empty(); }
    bool operator()(const StreamValue&) const { return false; }
  };
  if (std::visit(IsEmpty{}, found->second)) {
    erase(key);
  }
}

std::int64_t Keyspace::ttl_ms(const std::string& key) {
  if (!exists(key)) {
    return -2;
  }
  const auto found = expires_at_ms_.find(key);
  return found == expires_at_ms_.end() ? -1 : found->second - now_ms();
}

std::int64_t integer_argument(const std::string& argument) {
  const auto number = parse_integer(argument);
  if (!number) {
    throw CommandError{"ERR value is not an integer or out of range"};
  }
  return *number;
}

std::int64_t positive_argument(const std::string& argument) {
  const auto number = parse_integer(argument);
  if (!number || *number < 0) {
    throw CommandError{"ERR value is out of range, must be positive"};
  }
  return *number;
}

std::int64_t checked_sum(std::int64_t number, std::int64_t by) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(number, by, &sum)) {
    throw CommandError{"ERR increment or decrement would overflow"};
  }
  return sum;
}

double score_argument(const std::string& argument) {
  const auto score = parse_score(argument);
  if (!score) {
    throw CommandError{"ERR value is not a valid float"};
  }
  return *score;
}

std::string upper(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::string lower(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string type_name(const Value& value) {
  constexpr const char* names[] = {"string", "hash", "list", "set", "zset", "stream"};
  return names[value.index()];
}

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace claimferry::world
