// The SCAN family. Everything in one step: a cursor of 0 ends the scan.
#include <optional>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

struct ScanOptions {
  std::string pattern = "*";
  std::optional<std::string> type;
};

void check_cursor(const std::string& cursor) {
  if (cursor.empty() || cursor.find_first_not_of("0123456789") != std::string::npos) {
    throw CommandError{"ERR invalid cursor"};
  }
}

ScanOptions scan_options(const Arguments& command, std::size_t first, bool takes_type) {
  ScanOptions options;
  for (std::size_t at = first; at < command.size(); at += 2) {
    const std::string option = upper(command[at]);
    if (at + 1 == command.size()) {
      throw CommandError{"ERR syntax error"};
    }
    const std::string& value = command[at + 1];
    if (option == "MATCH") {
      options.pattern = value;
    } else if (option == "TYPE" && takes_type) {
      options.type = lower(value);
    } else if (option != "COUNT" || integer_argument(value) < 1) {
      throw CommandError{"ERR syntax error"};
    }
  }
  return options;
}

Reply at_the_end(Reply::Array found) {
  Reply::Array answer{text("0"), Reply{std::move(found)}};
  return Reply{std::move(answer)};
}

Reply scan(Keyspace& keys, const Arguments& command) {
  check_cursor(command[1]);
  const ScanOptions options = scan_options(command, 2, true);
  Reply::Array names;
  for (const auto& [key, value] : keys.values()) {
    if (matches(options.pattern, key) && !keys.expired(key) &&
        (!options.type || type_name(value) == *options.type)) {
      names.push_back(text(key));
    }
  }
  return at_the_end(std::move(names));
}

// Redis looks at the options only where there is something to scan.
template <class T, class Add>
Reply scan_value(Keyspace& keys, const Arguments& command, Add add) {
  check_cursor(command[2]);
  Reply::Array found;
  if (const auto* value = keys.find<T>(command[1])) {
    add(*value, scan_options(command, 3, false).pattern, found);
  }
  return at_the_end(std::move(found));
}

Reply hscan(Keyspace& keys, const Arguments& command) {
  return scan_value<HashValue>(
      keys, command, [](const HashValue& hash, const std::string& pattern, Reply::Array& found) {
        for (const auto& [field, held] : hash) {
          if (matches(pattern, field)) {
            found.push_back(text(field));
            found.push_back(text(held));
          }
        }
      });
}

Reply sscan(Keyspace& keys, const Arguments& command) {
  return scan_value<SetValue>(
      keys, command, [](const SetValue& set, const std::string& pattern, Reply::Array& found) {
        for (const std::string& member : set) {
          if (matches(pattern, member)) {
            found.push_back(text(member));
          }
        }
      });
}

Reply zscan(Keyspace& keys, const Arguments& command) {
  return scan_value<SortedSetValue>(
      keys, command,
      [](const SortedSetValue& set, const std::string& pattern, Reply::Array& found) {
        for (const auto& [score, member] : set.order) {
          if (matches(pattern, member)) {
            found.push_back(text(member));
            found.push_back(text(format_score(score)));
          }
        }
      });
}

}  // namespace

const CommandTable& scan_commands() {
  static const CommandTable table{
      {"SCAN", {scan, -2}}, {"HSCAN", {hscan, -3}}, {"SSCAN", {sscan, -3}}, {"ZSCAN", {zscan, -3}}};
  return table;
}

}  // namespace claimferry::world
