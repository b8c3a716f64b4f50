// PostgresMembers: the members in the database of record: who is enrolled, in which state, and what
// was consented to. Each change of a member has a number, its `record`, that Redis keeps beside its
// copy (lua/record/mirror.lua).
//
// Failures: permanent as decide_enrolment() says; local as the sink's ("sink_unavailable",
// "sink_busy", "sink_rights", "disk_full").
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/postgres/pool.hpp"
#include "common/queue/adapter/job_queue.hpp"

namespace claimferry::members {

// A member in the order of mirror.lua's fields; times are ms since 1970, what is not known is "".
using MirrorRow = std::vector<std::string>;

class PostgresMembers {
 public:
  explicit PostgresMembers(std::shared_ptr<postgres::Pool> pool) : pool_(std::move(pool)) {}

  // Are the tables there, and may this user write to them? permanent "sink_schema": what to do.
  awaitable<Result<void>> open();

  struct Enrolled {
    MirrorRow row;
    bool brings_tokens;
    std::string before;  // the state; empty: unknown
  };
  // The member and its tokens in one transaction. at: for what is not told otherwise.
  awaitable<Result<Enrolled>> enrol(queue::SealedMember member, WallTime at);

  // The member leaves: its tokens go in the same step. Nothing: no such member, or it is erased.
  awaitable<Result<std::optional<MirrorRow>>> leave(MemberId member, WallTime at);

  // A state that Redis came to by itself, as unrecorded.lua tells it.
  struct StateNote {
    std::string member, state, record, erasure, left_at, erased_at, erase_fence;
  };
  // One a note, in their order: the record's number; 0: there is no such member; absent: what is
  // recorded is newer, and Redis is to hear of it.
  awaitable<Result<std::vector<std::optional<std::uint64_t>>>> record(std::vector<StateNote> notes);
  awaitable<Result<std::optional<MirrorRow>>> find(std::string member);

  // Members in the order of their last changes, after a place that a feed named; "" begins. Changes
  // of transactions that are still open are left to a later call, and with them all that began
  // after those.
  struct Feed {
    std::vector<MirrorRow> rows;
    std::string place;  // after these
    bool more;          // there are more, now
  };
  awaitable<Result<Feed>> changes_after(std::string place, unsigned count_max);

 private:
  std::shared_ptr<postgres::Pool> pool_;
};

}  // namespace claimferry::members
