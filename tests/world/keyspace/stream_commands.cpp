#include <algorithm>
#include <compare>
#include <limits>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

struct StreamId {
  std::uint64_t milliseconds;
  std::uint64_t sequence;
  auto operator<=>(const StreamId&) const = default;
};

std::string printed(StreamId id) {
  return std::to_string(id.milliseconds) + '-' + std::to_string(id.sequence);
}

StreamId id_argument(const std::string& argument, std::uint64_t default_sequence) {
  constexpr auto last = std::numeric_limits<std::uint64_t>::max();
  if (argument == "-") {
    return {0, 0};
  }
  if (argument == "+") {
    return {last, last};
  }
  const auto dash = argument.find('-');
  const auto milliseconds = parse_integer(std::string_view(argument).substr(0, dash));
  const auto sequence = dash == std::string::npos
                            ? static_cast<std::int64_t>(default_sequence)
                            : parse_integer(std::string_view(argument).substr(dash + 1));
  if (!milliseconds || !sequence || *milliseconds < 0) {
    throw CommandError{"ERR Invalid stream ID specified as stream command argument"};
  }
  return {static_cast<std::uint64_t>(*milliseconds), static_cast<std::uint64_t>(*sequence)};
}

// MAXLEN [=|~] n, at `at`, which it moves behind. "~" trims exactly, too: Redis may keep more.
std::size_t length_max_argument(const Arguments& command, std::size_t& at) {
  ++at;
  at += at < command.size() && (command[at] == "~" || command[at] == "=") ? 1 : 0;
  if (at >= command.size()) {
    throw CommandError{"ERR syntax error"};
  }
  const std::int64_t number = integer_argument(command[at++]);
  if (number < 0) {
    throw CommandError{"ERR The MAXLEN argument must be >= 0."};
  }
  return static_cast<std::size_t>(number);
}

std::int64_t trim(StreamValue& stream, std::size_t length_max) {
  std::int64_t removed = 0;
  for (; stream.entries.size() > length_max; ++removed) {
    stream.entries.pop_front();
  }
  return removed;
}

// XADD key [MAXLEN [~|=] n] * field value …: only generated ids, which is all that scripts use.
Reply xadd(Keyspace& keys, const Arguments& command) {
  std::size_t at = 2;
  std::optional<std::size_t> length_max;
  if (upper(command[at]) == "MAXLEN") {
    length_max = length_max_argument(command, at);
  }
  if (at < command.size() && command[at] != "*") {
    throw CommandError{"ERR Invalid stream ID specified as stream command argument"};
  }
  ++at;
  if (at >= command.size() || (command.size() - at) % 2 != 0) {
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
  if (length_max) {
    trim(stream, *length_max);
  }
  return text(printed({stream.last_milliseconds, stream.last_sequence}));
}

Reply xlen(Keyspace& keys, const Arguments& command) {
  const auto* stream = keys.find<StreamValue>(command[1]);
  return integer(stream == nullptr ? 0 : static_cast<std::int64_t>(stream->entries.size()));
}

Reply xtrim(Keyspace& keys, const Arguments& command) {
  std::size_t at = 2;
  if (upper(command[at]) != "MAXLEN") {
    throw CommandError{"ERR syntax error"};
  }
  const std::size_t length_max = length_max_argument(command, at);
  if (at != command.size()) {
    throw CommandError{"ERR syntax error"};
  }
  auto* stream = keys.find<StreamValue>(command[1]);
  return integer(stream == nullptr ? 0 : trim(*stream, length_max));
}

Reply range(Keyspace& keys, const Arguments& command, bool reverse) {
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  const StreamId low = id_argument(command[reverse ? 3 : 2], 0);
  const StreamId high = id_argument(command[reverse ? 2 : 3], last);
  std::int64_t count = last;
  if (command.size() > 4) {
    if (command.size() != 6 || upper(command[4]) != "COUNT") {
      throw CommandError{"ERR syntax error"};
    }
    count = std::max<std::int64_t>(integer_argument(command[5]), 0);
  }
  Reply::Array rows;
  if (const auto* stream = keys.find<StreamValue>(command[1])) {
    for (const StreamEntry& entry : stream->entries) {
      const StreamId id{entry.milliseconds, entry.sequence};
      if (low <= id && id <= high) {
        Reply::Array fields;
        std::ranges::transform(entry.fields, std::back_inserter(fields), text);
        Reply::Array row{text(printed(id)), Reply{std::move(fields)}};
        rows.push_back(Reply{std::move(row)});
      }
    }
  }
  if (reverse) {
    std::ranges::reverse(rows);
  }
  rows.resize(std::min(rows.size(), static_cast<std::size_t>(count)));
  return Reply{std::move(rows)};
}
Reply xrange(Keyspace& keys, const Arguments& command) {
  return range(keys, command, false);
}
Reply xrevrange(Keyspace& keys, const Arguments& command) {
  return range(keys, command, true);
}

}  // namespace

const CommandTable& stream_commands() {
  static const CommandTable table{{"XADD", {xadd, -5}},
                                  {"XLEN", {xlen, 2}},
                                  {"XTRIM", {xtrim, -4}},
                                  {"XRANGE", {xrange, -4}},
                                  {"XREVRANGE", {xrevrange, -4}}};
  return table;
}

}  // namespace claimferry::world
