// QueueUpkeep: the port by which the one scheduler that leads keeps the queue in order. Every call
// carries its term; another's term answers lease_lost ("not_leader") and has changed nothing. Each
// call is bounded (limits::script_items_max items); more work is another call.
#pragma once

#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"

namespace claimferry::queue {

// The fence of a scheduler's work: who leads, and the how-manieth leadership it is.
struct Term {
  std::string holder;
  std::string number;
};

struct LeadReply {
  std::string term;  // number; empty: another leads
  Duration left;     // until that lease ends
};

struct PlanRequest {
  unsigned count_max;           // members looked at, at most limits::script_items_max
  std::size_t queue_ahead_max;  // a payer's live jobs of the routine lane: no more are planned
  Duration sweep_interval;      // a member not swept for so long gets a sweep, others the window
  std::string window_since;     // "2024-11-24": today − lookback
  Duration retry_in;            // new due time of a planned member, until its job says otherwise
};

struct PlanReply {
  unsigned planned;
  unsigned already_queued;
  bool queue_full;  // a payer has members due and as many jobs ahead as it may have
  bool more_due;
};

struct TidyReply {
  unsigned resumed;  // pauses that ended
  unsigned dropped;  // ended jobs that grew too old
  unsigned runs;     // asked for while the same work ran
};

// What became of operators' words in `inbox` or `commands`.
struct WordsReply {
  unsigned taken;  // carried out, or begun: a long one comes back
  unsigned refused;
};

struct EraseReply {
  unsigned looked_at;  // members that leave and whose next step came
  unsigned erased;     // of these: nothing is left of them but a tombstone
};

// What policy does with members by itself ([retention] of the configuration).
struct Retention {
  Duration dormant_after = Duration::zero();   // since consent and last use; zero: never
  Duration dormant_notice = Duration::zero();  // from notice to pause, and from pause to erasure
  Duration erase_after_withdrawal = Duration::zero();
};
struct RetainReply {
  unsigned consents_expired;
  unsigned dormant_noticed;
  unsigned dormant_paused;
  unsigned erasures_begun;
};

class QueueUpkeep {
 public:
  virtual ~QueueUpkeep() = default;

  // Takes or keeps the lead for `lease`. interval: between a member's syncs, noted for those who
  // end jobs without knowing it.
  virtual awaitable<Result<LeadReply>> lead(std::string holder, Duration lease,
                                            Duration interval) = 0;
  virtual awaitable<Result<void>> resign(std::string holder) = 0;

  // Delayed jobs whose time has come become runnable; answers how many.
  virtual awaitable<Result<unsigned>> promote(Term term, unsigned count_max) = 0;
  virtual awaitable<Result<PlanReply>> plan(Term term, PlanRequest request) = 0;
  virtual awaitable<Result<TidyReply>> tidy(Term term, unsigned count_max) = 0;
  // Commands that people added to `inbox`: carried out, or moved to `rejected` with the reason.
  virtual awaitable<Result<WordsReply>> take_inbox(Term term) = 0;
  // What operators' functions left to be done: one step of the first in line.
  virtual awaitable<Result<WordsReply>> carry_out(Term term) = 0;
  // Members of batches become jobs, as long as their payers' backfill lanes have room; answers how
  // much it came further.
  virtual awaitable<Result<unsigned>> expand(Term term, std::size_t queue_ahead_max) = 0;
  // Restores I7 for those of these members who are active, not due and without a live job; answers
  // how many were. Tokens that nothing keeps alive are kept alive from here on.
  virtual awaitable<Result<unsigned>> reconcile(Term term, std::vector<MemberId> members,
                                                Duration spread) = 0;
  // The next step of members that are being erased and whose time has come.
  virtual awaitable<Result<EraseReply>> erase(Term term) = 0;
  // Of these members, those whose consent ended or expired, or whom nobody used for long.
  virtual awaitable<Result<RetainReply>> retain(Term term, std::vector<MemberId> members,
                                                Retention policy) = 0;
};

}  // namespace claimferry::queue
