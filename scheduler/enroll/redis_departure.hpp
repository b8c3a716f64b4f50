// RedisDeparture: MemberDeparture by the operators' own function: a member who leaves by the API
// leaves as one whom an operator erases.
#pragma once

#include "common/base/random.hpp"
#include "common/redis/client.hpp"
#include "scheduler/enroll/member_departure.hpp"

namespace claimferry::enroll {

class RedisDeparture final : public MemberDeparture {
 public:
  RedisDeparture(redis::Client& redis, Random& random) : redis_(redis), random_(random) {}

  awaitable<Result<bool>> erase(MemberId member, std::string by) override;

 private:
  redis::Client& redis_;
  Random& random_;
};

}  // namespace claimferry::enroll
