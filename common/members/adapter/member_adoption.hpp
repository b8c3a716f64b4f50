// MemberAdoption: members whom Redis alone knew, moved with their tokens into the database that is
// to keep them from now on. A member stands in the database before it leaves Redis; broken off, it
// is run again. Workers and claimferry-enroll are stopped meanwhile.
#pragma once

#include "common/base/ids.hpp"
#include "common/postgres/pool.hpp"
#include "common/redis/client.hpp"

namespace claimferry::members {

class MemberAdoption {
 public:
  // redis outlives it; its user may see tokens.
  MemberAdoption(redis::Client& redis, std::shared_ptr<postgres::Pool> pool)
      : redis_(redis), pool_(std::move(pool)) {}

  // True where the member was moved, false where there was nothing to move. local
  // "redis_busy_member": a worker has it; "sink_busy": it changed meanwhile; run it again.
  awaitable<Result<bool>> adopt(MemberId member);

 private:
  // Answers the version of the tokens that stand there then; 0: none.
  awaitable<Result<std::uint64_t>> put(std::vector<postgres::Call> calls);

  redis::Client& redis_;
  std::shared_ptr<postgres::Pool> pool_;
};

}  // namespace claimferry::members
