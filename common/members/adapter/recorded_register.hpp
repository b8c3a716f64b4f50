// RecordedRegister: enrols members in the database of record first, and then in Redis. What gets
// lost in between is brought to Redis by the MemberRecorder.
#pragma once

#include "common/members/adapter/postgres_members.hpp"
#include "common/queue/adapter/member_register.hpp"
#include "common/redis/client.hpp"

namespace claimferry::members {

class RecordedRegister final : public queue::MemberRegister {
 public:
  // All outlive it.
  RecordedRegister(redis::Client& redis, std::shared_ptr<postgres::Pool> pool, const Clock& clock,
                   Random& random)
      : redis_(redis), members_(std::move(pool)), clock_(clock), random_(random) {}

  awaitable<Result<queue::Enqueued>> add_member(queue::SealedMember member) override;

 private:
  redis::Client& redis_;
  PostgresMembers members_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace claimferry::members
