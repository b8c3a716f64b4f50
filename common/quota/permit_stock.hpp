// PermitStock: the permits that one shard holds for one payer. Each is the right to start one
// request, from its slot on and for limits::permit_life; what is not used by then is void, and so
// is all of an earlier epoch once a payer has asked for quiet. Pure: time comes in.
#pragma once

#include <deque>
#include <optional>

#include "common/base/clock.hpp"
#include "common/quota/use.hpp"

namespace claimferry::quota {

struct Permit {
  Use use = Use::routine;  // whom it was granted for
  SteadyTime starts;
  std::uint64_t epoch = 0;
};

// What the fleet's quota granted at once: slots one interval apart, in order of precedence.
struct Grant {
  ByUse<unsigned> granted;
  std::chrono::microseconds first_in{0};  // below zero: it began already, as a burst does
  std::chrono::microseconds interval{0};  // zero: no limit is known
  std::uint64_t epoch = 0;
};

class PermitStock {
 public:
  void add(const Grant& grant, SteadyTime now);
  // The first permit whose time has come. When it came late, the others move with it: what a
  // process that stood still has missed does not leave in a bunch, which a payer would count.
  std::optional<Permit> take_due(SteadyTime now);
  // One that was taken and not used.
  void put_back(const Permit& permit);
  // When the next permit's time comes; nothing: there is none.
  std::optional<SteadyTime> next_start() const;
  std::optional<SteadyTime> last_start() const;
  void drop_before(std::uint64_t epoch);
  void drop_expired(SteadyTime now);
  // Gives up all of them; answers how many slots are still to come: only those are worth anything
  // to somebody else.
  unsigned give_up(SteadyTime now);
  std::size_t size() const noexcept { return permits_.size(); }

 private:
  bool is_spaced(const Permit& permit) const noexcept;

  std::deque<Permit> permits_;  // by start
};

}  // namespace claimferry::quota
