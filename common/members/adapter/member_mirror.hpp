// MemberMirror: what the database of record says of members, brought into Redis, and what Redis
// came to by itself, told to the database.
#pragma once

#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "common/members/adapter/postgres_members.hpp"
#include "common/redis/client.hpp"

namespace claimferry::members {

class MemberMirror {
 public:
  explicit MemberMirror(redis::Client& redis) : redis_(redis) {}

  struct Places {  // of the feed that they are of: before these, and after; both "": of none
    std::string before, after;
  };
  // Answers how many were news. The place is kept beside them; where Redis' is not `before` any
  // more, nothing is done.
  // spread: within which those of whom Redis knew nothing are due.
  awaitable<Result<unsigned>> mirror(std::vector<MirrorRow> rows, Places places, Duration spread);
  // The place of the last feed; "": Redis knows of none.
  awaitable<Result<std::string>> place();

  awaitable<Result<std::vector<PostgresMembers::StateNote>>> unrecorded(unsigned count_max);
  struct Recorded {
    std::string member, state;
    std::string record;  // "": there is no such member
  };
  awaitable<Result<void>> note_recorded(std::vector<Recorded> members);

 private:
  redis::Client& redis_;
};

}  // namespace claimferry::members
