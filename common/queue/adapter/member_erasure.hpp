// MemberErasure: how a service, in the name of a person, asks for a member's erasure. Asking marks
// the member and stops its requests; the scheduler and a worker do the rest (lua/erase.lua), and
// nobody takes it back.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/random.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

struct ErasureRequest {
  MemberId member;
  std::string by;      // who asks, for the audit
  std::string reason;  // for the audit: no health data
  std::string via;     // which program: "enroll"
};

struct ErasureAsked {
  std::string id;  // under which the audit tells what came of it
  bool is_new;     // false: asked for before, and perhaps done
  bool is_done;
};

class MemberErasure {
 public:
  // random: the erasure's id.
  MemberErasure(redis::Client& redis, Random& random) : redis_(redis), random_(random) {}
  virtual ~MemberErasure() = default;

  // Failures: permanent "no_member"; local (Redis away).
  virtual awaitable<Result<ErasureAsked>> ask(ErasureRequest request);

 private:
  redis::Client& redis_;
  Random& random_;
};

}  // namespace claimferry::queue
