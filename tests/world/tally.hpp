// Tally: what really struck in a world, counted where it took effect. A scenario names what it must
// have seen: trouble that never comes tests nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace claimferry::world {

enum class Strike : std::uint8_t {
  deaths,
  pauses,             // longer than a lease
  drains,             // with jobs at work
  restarts,           // of Redis
  failovers,          // that lost a write
  wipes,              // Redis lost everything
  clock_steps,        // of one clock among all
  redis_lost,         // commands that never arrived
  redis_unanswered,   // commands that took effect, and whose answer was lost
  sink_refused,       // calls before they took effect
  sink_unanswered,    // commits and closes that took effect, and whose answer was lost
  reaped,             // leases that ran out
  retried,            // attempts counted
  snoozed,            //
  dead,               // letters
  leases_lost,        // noticed by a worker
  fenced_writes,      // refused by the sink
  refreshes,          // done
  refreshes_lost,     // answers of the token endpoint that nobody stored
  refreshes_unsure,   // put off because an earlier answer may be lost
  reconsents,         //
  answers_429,        //
  answers_401,        //
  answers_5xx,        //
  answers_lost,       // no answer, or not a whole one
  links_gone,         // next links that the payer no longer honoured
  pages,              //
  quarantined,        // entries
  adjusted,           // claims
  withdrawn,          // claims
  marked_absent,      // at the end
  sweeps_held,        // too much would have vanished at once
  backfills,          // asked for by an operator
  scopes_paused,      // by an operator
  rates_bound,        // by an operator
  cancels,            // by an operator, taken
  cancelled,          // jobs that ended so
  reruns,             // asked for while the same work ran
  batches,            // begun
  bad_words,          // written into the inbox
  erasures,           // asked for by an operator
  members_erased,     // of whom nothing was left
  leaders,            // schedulers that took the lead
  syncs_judged,       // against the truth, at their end
  judged_in_trouble,  // of these
  kept_alive,         // tokens that a keepalive refreshed
  surges,             // refreshes held back because the payer refused those of too many
};
inline constexpr std::size_t strike_count = 47;

inline constexpr std::array<std::string_view, strike_count> strike_names{
    "deaths",          "pauses",         "drains",      "restarts",         "failovers",
    "wipes",           "clock_steps",    "redis_lost",  "redis_unanswered", "sink_refused",
    "sink_unanswered", "reaped",         "retried",     "snoozed",          "dead",
    "leases_lost",     "fenced_writes",  "refreshes",   "refreshes_lost",   "refreshes_unsure",
    "reconsents",      "answers_429",    "answers_401", "answers_5xx",      "answers_lost",
    "links_gone",      "pages",          "quarantined", "adjusted",         "withdrawn",
    "marked_absent",   "sweeps_held",    "backfills",   "scopes_paused",    "rates_bound",
    "cancels",         "cancelled",      "reruns",      "batches",          "bad_words",
    "erasures",        "members_erased", "leaders",     "syncs_judged",     "judged_in_trouble",
    "kept_alive",      "surges"};

class Tally {
 public:
  std::uint64_t& operator[](Strike strike) { return counts_[static_cast<std::size_t>(strike)]; }
  std::uint64_t operator[](Strike strike) const {
    return counts_[static_cast<std::size_t>(strike)];
  }
  Tally& operator+=(const Tally& other) {
    for (std::size_t at = 0; at < strike_count; ++at) {
      counts_[at] += other.counts_[at];
    }
    return *this;
  }
  friend bool operator==(const Tally&, const Tally&) = default;

 private:
  std::array<std::uint64_t, strike_count> counts_{};
};

inline std::string_view to_string(Strike strike) noexcept {
  return strike_names[static_cast<std::size_t>(strike)];
}

}  // namespace claimferry::world
