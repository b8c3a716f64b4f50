// ClaimSink: the port into the user's database. A page commits durably with its cursor and under
// its fence in one transaction; replaying it changes nothing.
//
// Failures: lease_lost (the sink holds a larger fence for this member; Failure::detail starts with
// it), local (sink_unavailable, disk_full, sink_busy: wait and try again), permanent (sink_schema:
// the file is of another schema).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/claims/page.hpp"
#include "common/queue/job.hpp"

namespace claimferry::claims {

struct SyncKey {
  PayerName payer;
  queue::JobRef job;
};

struct PageCommit {
  SyncKey key;
  queue::Resource resource;
  bool sweep;   // true: each resource seen is marked seen in this sweep
  WallTime at;  // when the page was received
  ParsedPage page;
  queue::Cursor after;  // becomes durable with the rows
};

struct CommitReport {
  std::uint32_t inserted = 0;
  std::uint32_t changed = 0;  // a new version
  std::uint32_t unchanged = 0;
  std::uint32_t quarantined = 0;
};

struct SyncClose {
  SyncKey key;
  bool sweep;
  WallTime at;
  // Which resources this sweep saw from first page to last, so that what it missed may be marked
  // absent after two.
  bool coverage_complete;
  bool eob_complete;
};

struct CloseReport {
  std::uint32_t marked_absent = 0;
  std::uint32_t missed_once = 0;
  bool absence_held = false;  // more than a fifth would vanish at once: nothing marked, alarm
};

class ClaimSink {
 public:
  virtual ~ClaimSink() = default;
  // Creates or checks the schema. Called once, before anything else.
  virtual awaitable<Result<void>> open() = 0;
  // The cursor of this job as the sink holds it, which wins over the queue's copy; nothing when it
  // holds none.
  virtual awaitable<Result<std::optional<queue::Cursor>>> resume(SyncKey key) = 0;
  virtual awaitable<Result<CommitReport>> commit(PageCommit commit) = 0;
  virtual awaitable<Result<CloseReport>> close(SyncClose close) = 0;
  // Removes every row of the member and leaves a tombstone (member, fence, time).
  virtual awaitable<Result<void>> erase(SyncKey key) = 0;
};

}  // namespace claimferry::claims
