// RedisRegistry: MemberRegistry on the queue's Redis, or on the database that comes before it.
#pragma once

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/queue/adapter/enrolment.hpp"
#include "scheduler/enroll/member_registry.hpp"

namespace claimferry::enroll {

class RedisRegistry final : public MemberRegistry {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::MemberRegister& members;
    oauth::TokenStore& tokens;
    const vault::Vault& vault;
  };
  explicit RedisRegistry(Ports ports)
      : ports_(ports), enrolment_(ports.members, ports.tokens, ports.vault) {}

  awaitable<Result<void>> connect(NewMember member) override;

 private:
  awaitable<Result<void>> add(queue::NewMember member);
  awaitable<Result<std::uint64_t>> version_of_the_same(queue::NewMember member);

  Ports ports_;
  queue::Enrolment enrolment_;
};

}  // namespace claimferry::enroll
