// ClaimSink: the port into the user's database. A page commits durably with its cursor and under
// its fence in one transaction; replaying it changes nothing.
//
// Failures: lease_lost (the sink holds a larger fence for this member; Failure::detail starts with
// it), local (sink_unavailable, disk_full, sink_busy: nothing is stored; wait and try again),
// permanent (sink_schema, sink_other_host: by open() alone, the file is not ours to write;
// sink_refused: by commit(), the database takes a value of this page never, such as an id of
// kilobytes).
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
  // Of a sweep: resources that an earlier page of the same job held already. The cursor is stored
  // with so many entries fewer, so that it counts each resource once.
  std::uint32_t repeated = 0;
};

// A page of which nothing could become a row, after its retries.
struct BadPage {
  SyncKey key;
  queue::Resource resource;  // what was asked for
  WallTime at;               // when the page was received
  std::string reason;        // the failure's code: "page_not_json", "not_a_bundle", …
  http::Body body;
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
  // Keeps the page's bytes (limits::body_bytes_max of them) with their reason, once however often
  // it is called, under the fence. Moves no cursor.
  virtual awaitable<Result<void>> quarantine_page(BadPage page) = 0;
  // Counts what a sweep that was complete has missed; closing again by the same job changes
  // nothing.
  virtual awaitable<Result<CloseReport>> close(SyncClose close) = 0;
  // Removes every row of the member and leaves a tombstone (member, fence, time).
  virtual awaitable<Result<void>> erase(SyncKey key) = 0;
};

}  // namespace claimferry::claims
