// RecordedErasure: a service's request for an erasure, which the database of record hears first:
// the member's tokens are gone from there before Redis is asked.
#pragma once

#include "common/members/adapter/member_mirror.hpp"
#include "common/queue/adapter/member_erasure.hpp"

namespace claimferry::members {

class RecordedErasure final : public queue::MemberErasure {
 public:
  // All outlive it.
  RecordedErasure(redis::Client& redis, std::shared_ptr<postgres::Pool> pool, const Clock& clock,
                  Random& random)
      : MemberErasure(redis, random), mirror_(redis), members_(std::move(pool)), clock_(clock) {}

  awaitable<Result<queue::ErasureAsked>> ask(queue::ErasureRequest request) override;

 private:
  MemberMirror mirror_;
  PostgresMembers members_;
  const Clock& clock_;
};

}  // namespace claimferry::members
