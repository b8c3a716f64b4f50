// Filter: which records somebody asks for, and a record as a line for people. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/audit/record.hpp"
#include "common/audit/segment.hpp"
#include "common/base/result.hpp"

namespace claimferry::audit {

// Empty: whatever it is.
struct Filter {
  std::string member = {};
  std::string key = {};
  std::string worker = {};
  std::string event = {};
  std::optional<WallTime> since = {};
  std::optional<WallTime> until = {};  // the first moment that is not asked for

  bool matches(const Entry& entry) const;
  // Lines go into their month's segment, or a later one after a clock was set back.
  bool may_be_in(const Segment& segment) const { return !since || segment.end() > *since; }
};

// "2026-11-24" or "2026-11-24T10:00:00Z". is_end: a date means the whole of that day, a time the
// whole of that second.
std::optional<WallTime> parse_moment(std::string_view text, bool is_end);

// "2026-11-24T10:00:00.123Z  job_ended           member=M1 job=…"; without a line break.
std::string table_row(const Record& record);

}  // namespace claimferry::audit
