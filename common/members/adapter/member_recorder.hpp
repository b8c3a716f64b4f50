// MemberRecorder: keeps Redis and the database of record of members together, one bounded step at a
// time: what Redis came to by itself is recorded, and what was recorded since Redis was last told
// is brought into it. A Redis that lost everything is told everything, one that lost a little is
// told that again, because the place up to which it was told was lost with it.
#pragma once

#include "common/members/adapter/member_mirror.hpp"

namespace claimferry::members {

class MemberRecorder {
 public:
  struct Step {
    unsigned recorded = 0;
    unsigned news = 0;  // members that Redis had not heard of, or not so
    bool more = false;  // there is more to do, now
  };

  MemberRecorder(redis::Client& redis, std::shared_ptr<postgres::Pool> pool)
      : mirror_(redis), members_(std::move(pool)) {}

  awaitable<Result<void>> open() { return members_.open(); }
  awaitable<Result<Step>> step();

 private:
  awaitable<Result<unsigned>> record();
  awaitable<Result<void>> tell_newer(PostgresMembers::StateNote note);
  awaitable<Result<Step>> bring_changes();

  MemberMirror mirror_;
  PostgresMembers members_;
};

}  // namespace claimferry::members
