// EnrolmentStore: enrolments whose member is at the payer's pages, by the hash of their state. Each
// lives for ten minutes, two more at most once it is taken, and is taken once. The verifier is
// sealed; no state and no code is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

struct PendingEnrolment {
  MemberId member;
  PayerName payer;
  std::string return_to;  // empty: a page of our own
  std::string sealed_verifier;
  std::string data_key;  // under which it is sealed, wrapped
};

// An enrolment as a callback finds it.
struct TakenEnrolment {
  enum class Stood : std::uint8_t {
    waiting,    // it is the caller's from here on
    taken,      // another callback has it
    connected,  // it came to its end before
    failed
  };
  Stood stood;
  std::string reason;  // why it failed
  std::string state_hash;
  WallTime begun_at;  // by Redis' clock
  PendingEnrolment pending;
};

class EnrolmentStore {
 public:
  explicit EnrolmentStore(redis::Client& redis) : redis_(redis) {}

  // by: the name of who asks, for the audit. Permanent "other_payer" where the member id is taken
  // under another payer, "not_active" while the member is being erased.
  awaitable<Result<void>> begin(std::string state_hash, PendingEnrolment pending, std::string by);
  // Nothing: no such enrolment, or its time is over.
  awaitable<Result<std::optional<TakenEnrolment>>> take(std::vector<std::string> state_hashes);
  // outcome: "connected", or a code of why not, which the audit notes also when the enrolment is
  // gone meanwhile.
  awaitable<Result<void>> end(std::string state_hash, MemberId member, PayerName payer,
                              std::string outcome);

 private:
  redis::Client& redis_;
};

}  // namespace claimferry::queue
