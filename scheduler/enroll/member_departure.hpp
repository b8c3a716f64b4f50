// MemberDeparture: the port through which a member is asked to be erased.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"

namespace claimferry::enroll {

class MemberDeparture {
 public:
  virtual ~MemberDeparture() = default;
  // True: the erasure has begun, or was under way; false: there is no such member. by: for the
  // audit.
  virtual awaitable<Result<bool>> erase(MemberId member, std::string by) = 0;
};

}  // namespace claimferry::enroll
