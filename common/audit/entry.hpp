// Entry: something that was done with members' data, by ids and events alone, as the queue's
// scripts noted it. What the audit's files make of it is record.hpp's business.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"

namespace claimferry::audit {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Entry {
  std::string id;     // the stream's "1795789970340-0"; of our own, a word with a colon
  WallTime at;        // UTC, by Redis' clock
  std::string event;  // "job_ended", "consent_given", …
  Fields fields;      // in the order of the script

  // The first of that name; empty: there is none.
  std::string_view field(std::string_view name) const noexcept;
  friend bool operator==(const Entry&, const Entry&) = default;
};

// Out of a stream's id and its names and values, alternating. An entry without `event`, which an
// older release or a hand wrote, is "operator" where it has a `cmd`, else "foreign". What is no
// UTF-8 is replaced, so that a line is JSON whatever a hand wrote.
Entry stream_entry(std::string_view id, const std::vector<std::string>& words);

// The audit's own words: entries that were lost before they could be drained.
Entry losses(std::uint64_t lost, std::uint64_t lost_in_all, WallTime at);

}  // namespace claimferry::audit
