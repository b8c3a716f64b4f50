#include "tests/world/keyspace/stream_id.hpp"

#include <charconv>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

std::uint64_t part(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) {
    throw CommandError{"ERR Invalid stream ID specified as stream command argument"};
  }
  return number;
}

StreamId end_of_interval(std::string_view text, std::uint64_t default_sequence) {
  if (text == "-") {
    return {0, 0};
  }
  if (text == "+") {
    return {id_part_max, id_part_max};
  }
  return exact_id(text, default_sequence);
}

bool excludes(std::string_view text) {
  return text.size() > 1 && text.starts_with('(');
}

}  // namespace

std::string StreamId::str() const {
  return std::to_string(milliseconds) + '-' + std::to_string(sequence);
}

StreamId exact_id(std::string_view text, std::uint64_t default_sequence) {
  const auto dash = text.find('-');
  const std::uint64_t milliseconds = part(text.substr(0, dash));
  return {milliseconds,
          dash == std::string_view::npos ? default_sequence : part(text.substr(dash + 1))};
}

StreamId first_of_interval(std::string_view text) {
  if (!excludes(text)) {
    return end_of_interval(text, 0);
  }
  StreamId id = exact_id(text.substr(1), 0);
  if (id.milliseconds == id_part_max && id.sequence == id_part_max) {
    throw CommandError{"ERR invalid start ID for the interval"};
  }
  id.milliseconds += id.sequence == id_part_max ? 1 : 0;
  ++id.sequence;  // past the last one comes 0
  return id;
}

StreamId last_of_interval(std::string_view text) {
  if (!excludes(text)) {
    return end_of_interval(text, id_part_max);
  }
  StreamId id = exact_id(text.substr(1), id_part_max);
  if (id.milliseconds == 0 && id.sequence == 0) {
    throw CommandError{"ERR invalid end ID for the interval"};
  }
  id.milliseconds -= id.sequence == 0 ? 1 : 0;
  --id.sequence;  // before 0 comes the last one
  return id;
}

NewId new_id(std::string_view text) {
  if (text == "*") {
    return {};
  }
  if (text.ends_with("-*")) {
    return {part(text.substr(0, text.size() - 2)), std::nullopt};
  }
  const StreamId id = exact_id(text);
  return {id.milliseconds, id.sequence};
}

}  // namespace claimferry::world
