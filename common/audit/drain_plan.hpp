// DrainPlan: which of the entries that wait in Redis a file has already, and which it lacks. Pure.
//
// A script removes entries and moves Redis' head in one step, so an entry that still waits can
// stand in the file only behind that head: a crash, or a Redis that lost its last writes, left it
// there. Such entries come first, and in the file's order. They are acknowledged alone, up to the
// last of them, before anything is appended: a head that ran ahead of them would hide the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/audit/record.hpp"

namespace claimferry::audit {

// What waits in Redis, as one step takes it.
struct Batch {
  WallTime at;                 // by Redis' clock
  std::optional<Head> known;   // Redis' head; absent in a Redis that is new, or lost everything
  std::vector<Entry> entries;  // oldest first
  std::uint64_t lost = 0;      // of which no line tells yet
  std::uint64_t lost_in_all = 0;
};

// What a file's step came to, for Redis to forget.
struct Drained {
  Head head;                     // durable
  std::vector<std::string> ids;  // of entries that are durable
  std::uint64_t lost_told = 0;
  std::uint64_t appended = 0;  // lines
};

struct DrainPlan {
  std::optional<Drained> known;  // nothing is to be appended: this much stands there already
  std::vector<Entry> append;     // else these
};

// The next record behind Redis' head; nothing at the file's end.
using NextRecord = std::function<std::optional<Record>()>;
DrainPlan plan_drain(const Batch& batch, const NextRecord& next);

}  // namespace claimferry::audit
