// JobQueue: the port through which workers, the scheduler and people meet. One implementation
// (RedisJobQueue) over the scripts in common/queue/lua; the simulated world runs it on an in-memory
// keyspace. What only the leading scheduler does has a port of its own: QueueUpkeep.
//
// Every call that writes for a job carries its fence; a stale one answers lease_lost and has
// changed nothing. Redis away is `local`. Time is Redis' own, never the caller's.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/queue/adapter/member_register.hpp"
#include "common/queue/disposition.hpp"
#include "common/queue/job.hpp"

namespace claimferry::queue {

struct PayerCap {
  PayerName payer;
  unsigned jobs_running_max;
};

struct ClaimRequest {
  WorkerId worker;
  unsigned count_max;  // free slots; at most limits::script_items_max are given
  Duration lease;
  std::vector<PayerCap> payers;  // those this worker knows; others are left alone
};

struct ClaimReply {
  std::vector<Lease> leases;
  // Jobs that somebody else wrote. The first are dead letters already; the others are ours, but
  // this release cannot read them: whoever claimed them settles them.
  std::vector<JobId> malformed;
  std::vector<JobRef> unreadable;
  // When nothing was runnable: how long until something known becomes so (delayed, blocked payer);
  // absent if unknown.
  std::optional<Duration> next_in;
};

struct HeartbeatReply {
  std::vector<JobId> lost;    // another owns them, or they are gone: stop before the next write
  std::vector<JobId> cancel;  // an operator wants them stopped
};

// What a terminal transition tells the queue about the member.
struct MemberUpdate {
  Duration next_due_in;  // DESIGN I7: every terminal transition of a sync sets it
  bool swept = false;    // done and window.is_sweep(): moves the member's last_sweep
};

struct ReapReply {
  unsigned requeued;
  unsigned dead;  // poison: stalls above the limit
};

// Counts for metrics and progress; keys "urgent", "routine", "backfill" and so on by to_string.
struct QueueStats {
  std::map<std::string, std::uint64_t> ready_by_lane;
  std::uint64_t running = 0;
  std::uint64_t delayed = 0;
  std::uint64_t dead = 0;
  std::uint64_t done = 0;
  std::uint64_t due_now = 0;
  std::uint64_t ended = 0;                       // jobs, done or dead, since Redis was begun
  std::uint64_t workers = 0;                     // processes that asked for work within a minute
  bool has_leader = false;                       // a scheduler
  std::map<std::string, Duration> oldest_ready;  // by lane: how long its first member has waited
  std::map<std::string, std::uint64_t> pauses;   // in force, by kind: all, lane, payer, member
  std::uint64_t batches = 0;                     // open
  std::uint64_t batch_jobs_left = 0;             // of these, not queued yet
  std::uint64_t batch_jobs_queued = 0;
  std::uint64_t audit_waiting = 0;     // entries that no file holds yet
  std::uint64_t erasures_overdue = 0;  // asked for more than 20 days ago
  std::uint64_t members = 0;           // without those who are erased
  std::uint64_t members_synced = 0;    // active ones with a last success
  std::map<std::string, std::uint64_t> members_by_state;
  std::map<std::string, bool> grants_stopped;  // by payer: refreshing is stopped (lua/grants.lua)
  std::map<std::string, std::uint64_t> consents_ending;  // members by "7d", "30d": within that time
  // Members by seconds until their consent ends, cumulative likewise; without those of no end.
  std::vector<std::pair<double, std::uint64_t>> consents_lasting;
  struct Granted {
    double requests_a_second = 0;  // 0: no limit is known
    bool is_held = false;          // by a 429 or by the breaker
    std::uint64_t workable = 0;    // jobs that run, wait or are due, and that no pause holds back
  };
  std::map<std::string, Granted> granted;  // by payer
  // Members by seconds since their last success: upper bound → cumulative count (the last is +Inf).
  std::vector<std::pair<double, std::uint64_t>> freshness;

  // Jobs that are there or will be: what has to end before nothing waits.
  std::uint64_t unfinished() const {
    std::uint64_t jobs = running + delayed + due_now + batch_jobs_left;
    for (const auto& [lane, ready] : ready_by_lane) {
      jobs += ready;
    }
    return jobs;
  }
};

class JobQueue : public MemberRegister {
 public:
  using Enqueued = queue::Enqueued;

  // Refuses (setup failure, one clear line) a Redis below 7, an eviction policy other than
  // noeviction, another schema.
  virtual awaitable<Result<void>> check_server() = 0;

  virtual awaitable<Result<ClaimReply>> claim(ClaimRequest request) = 0;
  virtual awaitable<Result<HeartbeatReply>> heartbeat(std::vector<JobRef> jobs, Duration lease) = 0;
  virtual awaitable<Result<void>> checkpoint(JobRef job, Cursor cursor) = 0;
  // Every verdict but abandon; the script named after each does the move.
  virtual awaitable<Result<void>> settle(JobRef job, Settlement settlement,
                                         MemberUpdate member) = 0;
  // Raises the fence counter above what a sink holds for a live lease (a lost Redis, a clock set
  // back).
  virtual awaitable<Result<void>> raise_fence(Fence above) = 0;

  // Jobs whose lease ran out are runnable again, or poison. Anybody may: two at once do no harm.
  virtual awaitable<Result<ReapReply>> reap(unsigned count_max, Duration next_due_in) = 0;

  // Idempotent by member, kind and window. Answers the job's id, and whether it is new. Asked for
  // while that very work runs, it will run once more afterwards.
  virtual awaitable<Result<Enqueued>> enqueue(MemberId member, JobKind kind, Window window,
                                              Lane lane) = 0;

  virtual awaitable<Result<QueueStats>> stats() = 0;
  // Waits up to `timeout` for a hint that work may be ready, on a connection of its own. A hint is
  // never needed for correctness: true when one came.
  virtual awaitable<Result<bool>> wait_for_work(Duration timeout) = 0;
};

}  // namespace claimferry::queue
