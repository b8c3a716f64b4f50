// PayerHealth: the breaker of one payer as one shard sees it. Open while the payer is down or
// refuses everybody: then nothing is a job's fault, and single probes find out when it is over,
// each by another member where there is one. It opens by what this shard met, or because the
// fleet's did, which it follows. Pure: time comes in, nothing is sent here.
//
// What troubles the whole payer closes every way; a refusal closes the way to the endpoint that
// refuses. Opens after limits::breaker_failures failures in a row from limits::breaker_members
// members, or breaker_failures_of_few from whomever, after an endpoint refused us (credentials, a
// wrong path) for so many members with no success there between, and after refusals of one resource
// to so many within limits::breaker_refusals_within (DESIGN §7, §10).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/base/ids.hpp"
#include "common/fhir/classify.hpp"
#include "common/quota/breaker.hpp"

namespace claimferry::worker {

class PayerHealth {
 public:
  bool is_open() const noexcept { return opened_by_.has_value(); }
  // Zero: requests to it may leave. While open: how long until the next probe.
  Duration closed_for(fhir::Endpoint endpoint, SteadyTime now) const noexcept;

  // May this member's request leave? Each that may must end in one of the three below; the first
  // that may while open is the probe.
  bool admit(fhir::Endpoint endpoint, const MemberId& member, SteadyTime now);
  // A refresh token may be sent twice at most: the second time only when no other member's request
  // failed there within limits::last_send_after with no success since.
  bool admits_last_send(fhir::Endpoint endpoint, const MemberId& member, SteadyTime now);
  // It failed for somebody, and nobody had an answer since. A refresh token is not what finds out
  // whether that is over: its caller knocks first. After limits::last_send_after in vain one may go
  // all the same: there are endpoints that fail whoever knocks.
  bool in_doubt(fhir::Endpoint endpoint, SteadyTime now) const;
  // It served a member within limits::last_send_after.
  bool served_lately(fhir::Endpoint endpoint, SteadyTime now) const;
  // It answered a request that carries nothing: the next may leave.
  void knocked(fhir::Endpoint endpoint);
  void answered(fhir::Endpoint endpoint,
                SteadyTime now);  // of any use: a page, a token, "no such member"
  // A resource's refusal counts only after a fresh token: its caller knows.
  void failed(fhir::Endpoint endpoint, FailureKind kind, const MemberId& member, SteadyTime now);
  // What the fleet's breaker bars, as the process heard it last; of what was heard before nothing
  // follows anew.
  void follow(const quota::BreakerNews::Heard& heard);
  quota::Barred barred() const noexcept;
  // A member has one request under way, so its id tells the probe from what left before.
  bool is_probe(fhir::Endpoint endpoint, const MemberId& member) const noexcept {
    return probing_ && bars(endpoint) && last_probe_ == member;
  }
  // The probe does not leave: the fleet has another one under way, or it is too early.
  void put_off(SteadyTime next_probe);
  // Cut short, or asked to wait.
  void told_nothing(fhir::Endpoint endpoint, const MemberId& member, SteadyTime now);

 private:
  // The last members that met the same trouble, each once, with when.
  class Members {
   public:
    void note(const MemberId& member, SteadyTime now);
    void forget_before(SteadyTime then);
    void clear() { seen_.clear(); }
    std::size_t count() const noexcept { return seen_.size(); }
    bool has_other_than(const MemberId& member) const noexcept;

   private:
    std::vector<std::pair<MemberId, SteadyTime>> seen_;
  };
  struct Trouble {
    FailureKind kind;
    fhir::Endpoint endpoint;
  };

  static Trouble trouble_of(quota::Barred barred) noexcept;
  bool bars(fhir::Endpoint endpoint) const noexcept;
  void open(Trouble trouble, SteadyTime now);
  void probe_again_later(SteadyTime now);

  void close(fhir::Endpoint endpoint);

  unsigned failures_in_a_row_ = 0;
  Members failed_;
  std::map<fhir::Endpoint, SteadyTime> in_doubt_since_;
  std::map<fhir::Endpoint, SteadyTime> served_;
  std::map<fhir::Endpoint, Members> failed_at_;
  std::map<fhir::Endpoint, Members> refused_by_payer_;
  std::map<fhir::Endpoint, Members> refused_resource_;
  std::optional<Trouble> opened_by_;
  SteadyTime next_probe_{};
  unsigned probes_lost_ = 0;
  bool probing_ = false;
  std::optional<MemberId> last_probe_;
  std::uint64_t followed_ = 0;
};

}  // namespace claimferry::worker
