// PayerQuota: how one shard's requests come by a payer's permits. They wait here, each in its lane;
// one coroutine asks the fleet's quota for all of them, at most every few tens of milliseconds, and
// hands each permit out when its slot comes and the shard has room for a request in flight.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "common/async/alarm.hpp"
#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/quota/adapter/fleet_quota.hpp"
#include "common/quota/in_flight_cap.hpp"
#include "common/quota/pace.hpp"
#include "common/quota/pace_of_starts.hpp"
#include "common/quota/payer_gate.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::quota {

class PayerQuota {
 public:
  struct Ports {
    Executor executor;
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    FleetQuota& fleet;
    telemetry::Observer& observer;
  };
  struct Options {
    PayerName payer;
    Profile profile;
    std::string shard;
  };
  PayerQuota(Ports ports, Options options, PayerGate& gate, InFlightCap& in_flight);
  PayerQuota(const PayerQuota&) = delete;
  PayerQuota& operator=(const PayerQuota&) = delete;

  // The right to start one request now. Gone unused, its permit goes back.
  class Turn {
   public:
    Turn(PayerQuota& owner, Permit permit, Use use) : owner_(&owner), permit_(permit), for_(use) {}
    Turn(Turn&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)),
          permit_(other.permit_),
          for_(other.for_),
          used_(other.used_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (owner_ != nullptr) {
        owner_->end(*this);
      }
    }
    // Lets the next one go. A turn that just goes does so without waking anybody: it may be cut off
    // together with all who wait.
    void finish();
    // The request leaves.
    void use();
    // It was answered, and not by a refusal.
    void served();
    std::uint64_t epoch() const noexcept { return permit_.epoch; }

   private:
    friend class PayerQuota;
    PayerQuota* owner_;
    Permit permit_;
    Use for_;
    bool used_ = false;
  };

  // Waits for its turn, through a short quiet as well. Failures: rate_limited "payer_blocked" (a
  // longer quiet) and "quota_wait" (others were served for limits::quota_wait_max); local (Redis
  // away for limits::quota_patience); retryable "cancelled".
  awaitable<Result<Turn>> take(Use use);
  // The payer refused a request of this epoch for its rate. Holds the process at once and the fleet
  // by its quota; answers how long.
  awaitable<Duration> refused(std::uint64_t epoch, std::optional<Duration> asked,
                              bool is_limit = true);
  // What the payer's headers say of the room that is left.
  void hint(const RateHint& hint) { pace_ = std::min(pace_, pace_for(hint, rate_)); }
  // Whether a request with this turn may still leave; else why not.
  std::optional<Failure> last_look(std::uint64_t epoch) const;

 private:
  struct Waiter;
  using Waiting = std::list<Waiter*>;

  awaitable<Result<Quiet>> tell_refused(Refusal refusal);
  void begin_pumping();
  awaitable<void> pump();
  awaitable<void> ask(ByUse<unsigned> wanted);
  void turn_away(SteadyTime now);
  void fail_all(const Failure& failure);
  void hand_out(SteadyTime now);
  Waiter* next_for(Use granted_to);
  ByUse<unsigned> wanted() const;
  Duration nap(SteadyTime now, const ByUse<unsigned>& wanted) const;
  SteadyTime may_ask_from() const;
  void count_started(Use use, SteadyTime now, SteadyTime since);
  void end(Turn& turn);
  bool has_waiters() const noexcept;

  Ports ports_;
  Options options_;
  PayerGate& gate_;
  InFlightCap& in_flight_;
  PermitStock stock_;
  ByUse<Waiting> waiting_;
  Alarm alarm_;
  bool pumping_ = false;
  bool probing_ = false;
  SteadyTime next_ask_{};
  SteadyTime wanted_last_{};
  std::optional<SteadyTime> failing_since_;
  unsigned failures_ = 0;
  unsigned refused_alone_ = 0;  // 429s in a row that the fleet could not be told of
  // In hand, and not told yet.
  unsigned turns_ = 0;
  unsigned started_ = 0;
  unsigned served_ = 0;
  unsigned served_tokens_ = 0;
  std::uint64_t served_epoch_ = 0;
  unsigned pace_ = 1'000;
  double rate_ = 0;
  PaceOfStarts pace_of_starts_;
};

}  // namespace claimferry::quota
