// Record: an entry in its place in the chain, and the one line of JSON that it is in a file:
//
//   {"seq":7,"at":1795789970340,"id":"1795789970340-0","event":"consent_given",
//    "fields":{"member":"M1"},"prev":"<64 hex digits>","hash":"<64 hex digits>"}
//
// hash is SHA-256 over the line's own bytes before ,"hash": and so over prev, too: whoever changes
// a byte changes every hash behind it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/audit/entry.hpp"

namespace claimferry::audit {

// What the first line follows.
inline constexpr std::string_view genesis =
    "0000000000000000000000000000000000000000000000000000000000000000";

// The end of a chain: its last line.
struct Head {
  std::uint64_t seq = 0;  // 0: there is no line
  std::string hash = std::string(genesis);
  friend bool operator==(const Head&, const Head&) = default;
};

struct Record {
  std::uint64_t seq;
  Entry entry;
  std::string prev;
  std::string hash;

  Head head() const { return {seq, hash}; }
};

// The line that follows `before`, sealed, without a line break.
std::string line_after(const Head& before, const Entry& entry);
// Nothing for a text that line_after() could not have written. Its hash may be wrong all the same.
std::optional<Record> parse_line(std::string_view line);
// Whether the line's hash is that of its bytes.
bool is_sealed(std::string_view line);

}  // namespace claimferry::audit
