#include <algorithm>
#include <limits>

#include "tests/world/keyspace/keyspace.hpp"
#include "tests/world/keyspace/stream_id.hpp"

namespace claimferry::world {
namespace {

StreamId id_of(const StreamEntry& entry) {
  return {entry.milliseconds, entry.sequence};
}

// MAXLEN [=|~] n, at `at`, which it moves behind. "~" trims exactly, too: Redis may keep more.
std::size_t length_max_argument(const Arguments& command, std::size_t& at) {
  ++at;
  at += at + 1 < command.size() && (command[at] == "~" || command[at] == "=") ? 1 : 0;
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

struct AddArguments {
  std::optional<std::size_t> length_max;
  bool only_old = false;  // NOMKSTREAM
  NewId id;
  std::size_t first_field = 0;
};

AddArguments add_arguments(const Arguments& command) {
  AddArguments arguments;
  std::size_t at = 2;
  for (; at < command.size() && command[at] != "*";) {
    const std::string option = upper(command[at]);
    if (option == "MAXLEN" && !arguments.length_max && at + 1 < command.size()) {
      arguments.length_max = length_max_argument(command, at);
    } else if (option == "NOMKSTREAM") {
      arguments.only_old = true;
      ++at;
    } else {
      break;
    }
  }
  if (at < command.size()) {
    arguments.id = new_id(command[at]);
  }
  arguments.first_field = at + 1;
  if (at + 1 >= command.size() || (command.size() - at - 1) % 2 != 0) {
    throw CommandError{"ERR wrong number of arguments for 'xadd' command"};
  }
  if (arguments.id.milliseconds == 0U && arguments.id.sequence == 0U) {
    throw CommandError{"ERR The ID specified in XADD must be greater than 0-0"};
  }
  return arguments;
}

// The id that follows the stream's last one: a time that stands still or goes back counts on.
StreamId next_id(const StreamId& last, const NewId& asked, std::int64_t now_ms) {
  const auto now = static_cast<std::uint64_t>(now_ms);
  if (!asked.milliseconds) {
    return now > last.milliseconds ? StreamId{now, 0}
                                   : StreamId{last.milliseconds, last.sequence + 1};
  }
  const bool same = *asked.milliseconds == last.milliseconds;
  const StreamId id{*asked.milliseconds, asked.sequence.value_or(same ? last.sequence + 1 : 0)};
  if (id <= last) {
    throw CommandError{
        "ERR The ID specified in XADD is equal or smaller than the target stream top item"};
  }
  return id;
}

// XADD key [NOMKSTREAM] [MAXLEN [~|=] n] id field value …
Reply xadd(Keyspace& keys, const Arguments& command) {
  const AddArguments arguments = add_arguments(command);
  if (arguments.only_old && keys.find<StreamValue>(command[1]) == nullptr) {
    return Reply{};
  }
  auto& stream = keys.get_or_create<StreamValue>(command[1]);
  const StreamId id =
      next_id({stream.last_milliseconds, stream.last_sequence}, arguments.id, keys.now_ms());
  stream.last_milliseconds = id.milliseconds;
  stream.last_sequence = id.sequence;
  ++stream.added;
  StreamEntry entry{id.milliseconds, id.sequence, {}};
  entry.fields.assign(command.begin() + static_cast<std::ptrdiff_t>(arguments.first_field),
                      command.end());
  stream.entries.push_back(std::move(entry));
  if (arguments.length_max) {
    trim(stream, *arguments.length_max);
  }
  return text(id.str());
}

// XINFO STREAM key: of what Redis tells, the counts that scripts of ours read, and none of how it
// stores them.
Reply xinfo(Keyspace& keys, const Arguments& command) {
  if (upper(command[1]) != "STREAM" || command.size() != 3) {
    throw CommandError{"ERR syntax error"};
  }
  const auto* stream = keys.find<StreamValue>(command[2]);
  if (stream == nullptr) {
    throw CommandError{"ERR no such key"};
  }
  Reply::Array facts{text("length"), integer(static_cast<std::int64_t>(stream->entries.size())),
                     text("entries-added"), integer(static_cast<std::int64_t>(stream->added))};
  return Reply{std::move(facts)};
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

// A stream without entries stays: it remembers its last id.
Reply xdel(Keyspace& keys, const Arguments& command) {
  std::vector<StreamId> ids;
  auto* stream = keys.find<StreamValue>(command[1]);
  for (std::size_t at = 2; stream != nullptr && at < command.size(); ++at) {
    ids.push_back(exact_id(command[at]));
  }
  std::size_t removed = 0;
  if (stream != nullptr) {
    removed = std::erase_if(stream->entries, [&ids](const StreamEntry& entry) {
      return std::ranges::find(ids, id_of(entry)) != ids.end();
    });
  }
  return integer(static_cast<std::int64_t>(removed));
}

std::int64_t count_argument(const Arguments& command) {
  if (command.size() == 4) {
    return std::numeric_limits<std::int64_t>::max();
  }
  if (command.size() != 6 || upper(command[4]) != "COUNT") {
    throw CommandError{"ERR syntax error"};
  }
  return std::max<std::int64_t>(integer_argument(command[5]), 0);
}

Reply row(const StreamEntry& entry) {
  Reply::Array fields;
  std::ranges::transform(entry.fields, std::back_inserter(fields), text);
  Reply::Array parts{text(id_of(entry).str()), Reply{std::move(fields)}};
  return Reply{std::move(parts)};
}

Reply range(Keyspace& keys, const Arguments& command, bool reverse) {
  const StreamId low = first_of_interval(command[reverse ? 3 : 2]);
  const StreamId high = last_of_interval(command[reverse ? 2 : 3]);
  const std::int64_t count = count_argument(command);
  Reply::Array rows;
  const auto* stream = keys.find<StreamValue>(command[1]);
  if (stream == nullptr) {
    return Reply{std::move(rows)};
  }
  if (count == 0) {
    return Reply{};
  }
  for (const StreamEntry& entry : stream->entries) {
    if (low <= id_of(entry) && id_of(entry) <= high) {
      rows.push_back(row(entry));
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
  static const CommandTable table{{"XADD", {xadd, -5}},     {"XLEN", {xlen, 2}},
                                  {"XTRIM", {xtrim, -4}},   {"XDEL", {xdel, -3}},
                                  {"XRANGE", {xrange, -4}}, {"XREVRANGE", {xrevrange, -4}},
                                  {"XINFO", {xinfo, -2}}};
  return table;
}

}  // namespace claimferry::world
