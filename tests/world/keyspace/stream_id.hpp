// The ids of stream entries, "1700000000000-0", and the ways to write one in a command.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry::world {

constexpr auto id_part_max = std::numeric_limits<std::uint64_t>::max();

struct StreamId {
  std::uint64_t milliseconds = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const StreamId&) const = default;
  std::string str() const;
};

// "5" and "5-1"; a missing sequence is the default. Throws CommandError.
StreamId exact_id(std::string_view text, std::uint64_t default_sequence = 0);
// An end of XRANGE: also "-", "+" and "(5-1", which stands for the next id, or the one before.
StreamId first_of_interval(std::string_view text);
StreamId last_of_interval(std::string_view text);

// What XADD takes: "5-1", "5-*" and "*".
struct NewId {
  std::optional<std::uint64_t> milliseconds;  // none: the clock's
  std::optional<std::uint64_t> sequence;      // none: the next one
};
NewId new_id(std::string_view text);

}  // namespace claimferry::world
