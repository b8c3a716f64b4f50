#include "tests/world/keyspace/keyspace.hpp"

#include <algorithm>
#include <cctype>

#include "common/base/encoding.hpp"

namespace claimferry::world {
namespace {

Reply error(std::string text) {
  return Reply{redis::Error{std::move(text)}};
}

const CommandSpec* find_command(const std::string& name) {
  const CommandTable* tables[] = {&string_commands(), &hash_commands(), &sorted_set_commands(),
                                  &collection_commands(), &server_commands()};
  for (const CommandTable* table : tables) {
    if (const auto found = table->find(name); found != table->end()) {
      return &found->second;
    }
  }
  return nullptr;
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

}  // namespace

Reply Keyspace::call(const Arguments& command) {
  if (command.empty()) {
    return error("ERR empty command");
  }
  const std::string name = upper(command[0]);
  const CommandSpec* spec = find_command(name);
  if (spec == nullptr) {
    return error("ERR unknown command '" + command[0] + "'");
  }
  if (command.size() < spec->arguments_min) {
    return error("ERR wrong number of arguments for '" + command[0] + "' command");
  }
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
  for (const auto& [key, value] : values_) {
    dumper.out += key + ':';
    std::visit(dumper, value);
    dumper.out += '\n';
  }
  return std::move(dumper.out);
}

void Keyspace::expire(const std::string& key) {
  const auto found = expires_at_ms_.find(key);
  if (found != expires_at_ms_.end() && found->second <= now_ms()) {
    values_.erase(key);
    expires_at_ms_.erase(found);
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

}  // namespace claimferry::world
