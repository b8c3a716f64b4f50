// Keyspace: Redis 7's commands, as far as the queue's scripts and their callers use them, on a
// clock that the caller sets. A command it does not know is an error that says so: never a silent
// guess. It is held to the real Redis by random sequences in lock-step (tests/contract).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/redis/reply.hpp"
#include "tests/world/keyspace/channels.hpp"
#include "tests/world/keyspace/values.hpp"

namespace claimferry::world {

using redis::Reply;
using Arguments = std::vector<std::string>;

struct CommandSpec;

class Keyspace {
 public:
  using Now = std::function<std::int64_t()>;  // µs since 1970: what TIME answers
  explicit Keyspace(Now now) : now_(std::move(now)) {}

  using Values = std::unordered_map<std::string, Value>;

  Reply call(const Arguments& command);
  static const CommandSpec* find_command(const std::string& name);  // any case
  void wipe();
  // The keys that commands may have changed since this was asked last: whoever keeps a picture of
  // everything looks at these alone. `all`: at everything.
  struct Touched {
    bool all = true;
    std::set<std::string> keys;
    bool nothing() const noexcept { return !all && keys.empty(); }
  };
  Touched take_touched() { return std::exchange(touched_, Touched{false, {}}); }
  bool untouched() const noexcept { return touched_.nothing(); }
  // A replica's copy, and how it takes over.
  struct Saved {
    Values values;
    std::map<std::string, std::int64_t> expires_at_ms;
  };
  Saved save() const { return {values_, expires_at_ms_}; }
  void restore(const Saved& saved);
  // Everything, in canonical text: sorted by key, one value a line.
  std::string dump() const;

  Channels& channels() noexcept { return channels_; }  // no part of the data

  // For the commands' own files.
  template <class T>
  T* find(const std::string& key);
  template <class T>
  T& get_or_create(const std::string& key);
  void drop_if_empty(const std::string& key);
  bool erase(const std::string& key);
  bool exists(const std::string& key);
  bool expired(const std::string& key) const;
  const Values& values() const noexcept { return values_; }
  std::int64_t now_us() const { return now_(); }
  std::int64_t now_ms() const { return now_() / 1'000; }
  void set_expiry(const std::string& key, std::int64_t at_ms) { expires_at_ms_[key] = at_ms; }
  void clear_expiry(const std::string& key) { expires_at_ms_.erase(key); }
  std::int64_t ttl_ms(const std::string& key);  // -2 no key, -1 no expiry

 private:
  void expire(const std::string& key);
  void touch(const CommandSpec& spec, const Arguments& command);

  Now now_;
  Touched touched_;
  Values values_;
  std::map<std::string, std::int64_t> expires_at_ms_;
  Channels channels_;
};

// A command's implementation. Throws WrongType and CommandError; call() turns both into replies.
using Handler = Reply (*)(Keyspace&, const Arguments&);
struct CommandSpec {
  Handler handler;
  int arity;            // as COMMAND INFO says it: the name included; negative: at least so many
  bool status = false;  // answers "+OK": a table {ok=…} to a script
  bool only_reads = false;
  bool many_keys = false;  // all its arguments are keys; else the first is the one that it writes
  bool may_get = false;    // with the word GET the answer is no status
  bool not_from_scripts = false;
  bool may_replicate = false;  // writes nothing, and yet is refused to scripts that only read

  bool takes(std::size_t words) const noexcept;
};
using CommandTable = std::map<std::string_view, CommandSpec>;
struct WrongType {};
struct CommandError {
  std::string text;
};

// One file a family.
const CommandTable& string_commands();
const CommandTable& expiry_commands();
const CommandTable& hash_commands();
const CommandTable& sorted_set_commands();
const CommandTable& collection_commands();  // lists, sets
const CommandTable& stream_commands();
const CommandTable& scan_commands();  // SCAN, HSCAN, SSCAN, ZSCAN
const CommandTable& server_commands();

inline Reply integer(std::int64_t number) {
  return Reply{number};
}
inline Reply text(std::string bytes) {
  return Reply{std::move(bytes)};
}
inline Reply ok() {
  return Reply{std::string("OK")};
}
std::int64_t integer_argument(const std::string& argument);
std::int64_t positive_argument(const std::string& argument);
// Throws the error that Redis answers when a counter leaves 64 bits.
std::int64_t checked_sum(std::int64_t number, std::int64_t by);
double score_argument(const std::string& argument);
std::string upper(std::string_view word);
std::string lower(std::string_view word);
bool matches(const std::string& pattern, const std::string& name);
std::string type_name(const Value& value);

template <class T>
T* Keyspace::find(const std::string& key) {
  expire(key);
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return nullptr;
  }
  T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    throw WrongType{};
  }
  return value;
}

template <class T>
T& Keyspace::get_or_create(const std::string& key) {
  if (T* value = find<T>(key)) {
    return *value;
  }
  return std::get<T>(values_.insert_or_assign(key, Value(T{})).first->second);
}

}  // namespace claimferry::world
