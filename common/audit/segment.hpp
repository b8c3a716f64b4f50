// Segment: a month of the audit, one file; how it is called, which one a line belongs to, and when
// it has been kept for long enough. Pure.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "common/audit/record.hpp"

namespace claimferry::audit {

struct Segment {
  std::chrono::year_month month;

  static Segment of(WallTime at);
  // "audit-2026-11.jsonl"; nothing for another name.
  static std::optional<Segment> parse(std::string_view file_name);
  std::string file_name() const;
  WallTime end() const;  // the next month's begin
  // No line of it can be younger than `keep`.
  bool has_expired(WallTime now, std::chrono::days keep) const { return end() + keep <= now; }
  friend auto operator<=>(const Segment&, const Segment&) = default;
};

// The line that says that segments up to this one are removed by age. The chain goes on behind
// them: their last line is what the first one that is left follows.
inline constexpr std::string_view segments_removed = "segments_removed";
Entry removal(const Segment& last_removed, const Head& last_of_it, WallTime at);
// What such a line says: nothing for another line.
struct Removal {
  Segment last_removed;
  Head anchor;
};
std::optional<Removal> removal_of(const Entry& entry);

}  // namespace claimferry::audit
