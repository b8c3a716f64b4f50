// QuotaListener: one a process hears what the fleet announces: a payer's quiet and what its breaker
// bars, so that they reach every shard at once, and that jobs were cancelled. What it misses is
// heard with the next permits and heartbeats; after each silence it asks for cancelled jobs itself.
#pragma once

#include <functional>

#include "common/async/alarm.hpp"
#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/quota/announcement.hpp"
#include "common/quota/payer_gate.hpp"
#include "common/redis/subscriber.hpp"

namespace claimferry::quota {

class QuotaListener {
 public:
  // The gate of a payer that this process works for; else null.
  using GateOf = std::function<PayerGate*(const PayerName&)>;
  QuotaListener(const Clock& clock, Random& random, Sleeper& sleeper, redis::Subscriber& subscriber,
                GateOf gate_of, std::function<void()> jobs_cancelled)
      : clock_(clock),
        random_(random),
        sleeper_(sleeper),
        subscriber_(subscriber),
        gate_of_(std::move(gate_of)),
        jobs_cancelled_(std::move(jobs_cancelled)) {}

  // Until stop(): listens, and again after a while when the connection was lost.
  awaitable<void> run();
  void stop();

 private:
  void heard(std::string_view text);

  const Clock& clock_;
  Random& random_;
  Sleeper& sleeper_;
  redis::Subscriber& subscriber_;
  GateOf gate_of_;
  std::function<void()> jobs_cancelled_;
  Alarm alarm_;
  unsigned failures_ = 0;
  bool stopping_ = false;
};

}  // namespace claimferry::quota
