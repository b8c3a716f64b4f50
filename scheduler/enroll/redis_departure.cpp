#include "scheduler/enroll/redis_departure.hpp"

namespace claimferry::enroll {

awaitable<Result<bool>> RedisDeparture::erase(MemberId, std::string) {
  co_return Failure{FailureKind::local, "no_erasure", "this release erases nobody yet"};
}

}  // namespace claimferry::enroll
