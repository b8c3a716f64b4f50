#include "worker/payer_health.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

Duration probe_delay(unsigned probes_lost) {
  const unsigned doublings = std::min(probes_lost, 10U);
  return std::min(Duration(limits::breaker_probe_delay_base) * (1U << doublings),
                  Duration(limits::breaker_probe_delay_max));
}

}  // namespace

void PayerHealth::Members::note(const MemberId& member, SteadyTime now) {
  std::erase_if(seen_, [&](const auto& each) { return each.first == member; });
  seen_.emplace_back(member, now);
  if (seen_.size() > limits::breaker_members) {
    seen_.erase(seen_.begin());
  }
}

void PayerHealth::Members::forget_before(SteadyTime then) {
  std::erase_if(seen_, [&](const auto& each) { return each.second < then; });
}

bool PayerHealth::Members::has_other_than(const MemberId& member) const noexcept {
  return std::ranges::any_of(seen_, [&](const auto& each) { return each.first != member; });
}

bool PayerHealth::bars(fhir::Endpoint endpoint) const noexcept {
  return opened_by_ &&
         (opened_by_->kind == FailureKind::retryable || opened_by_->endpoint == endpoint);
}

Duration PayerHealth::closed_for(fhir::Endpoint endpoint, SteadyTime now) const noexcept {
  if (!bars(endpoint)) {
    return Duration::zero();
  }
  const Duration shortest = probing_ ? Duration(1'000) : Duration::zero();
  return std::max(shortest, std::chrono::ceil<Duration>(next_probe_ - now));
}

bool PayerHealth::admit(fhir::Endpoint endpoint, const MemberId& member, SteadyTime now) {
  if (!bars(endpoint)) {
    return true;
  }
  // The member of the last probe waits for another's, unless there is none for one more round.
  const SteadyTime turn =
      last_probe_ == member ? next_probe_ + probe_delay(probes_lost_) : next_probe_;
  if (probing_ || now < turn) {
    return false;
  }
  probing_ = true;
  last_probe_ = member;
  return true;
}

bool PayerHealth::admits_last_send(fhir::Endpoint endpoint, const MemberId& member,
                                   SteadyTime now) {
  failed_at_[endpoint].forget_before(now - limits::last_send_after);
  return !failed_at_[endpoint].has_other_than(member);
}

bool PayerHealth::in_doubt(fhir::Endpoint endpoint, SteadyTime now) const {
  const auto since = in_doubt_since_.find(endpoint);
  return since != in_doubt_since_.end() && now - since->second < limits::last_send_after;
}

bool PayerHealth::served_lately(fhir::Endpoint endpoint, SteadyTime now) const {
  const auto served = served_.find(endpoint);
  return served != served_.end() && now - served->second < limits::last_send_after;
}

void PayerHealth::answered(fhir::Endpoint endpoint, SteadyTime now) {
  served_[endpoint] = now;
  failed_at_[endpoint].clear();
  refused_by_payer_[endpoint].clear();
  close(endpoint);
}

// Whether it serves a member it has not said: last sends wait on.
void PayerHealth::knocked(fhir::Endpoint endpoint) {
  close(endpoint);
}

void PayerHealth::close(fhir::Endpoint endpoint) {
  failures_in_a_row_ = 0;
  failed_.clear();
  in_doubt_since_.erase(endpoint);
  if (bars(endpoint)) {
    opened_by_.reset();
    last_probe_.reset();
    refused_resource_[endpoint].clear();
    probing_ = false;
  }
}

void PayerHealth::failed(fhir::Endpoint endpoint, FailureKind kind, const MemberId& member,
                         SteadyTime now) {
  bool is_enough = false;
  switch (kind) {
    case FailureKind::retryable:
      ++failures_in_a_row_;
      failed_.note(member, now);
      failed_at_[endpoint].note(member, now);
      if (!in_doubt(endpoint, now)) {
        in_doubt_since_[endpoint] = now;
      }
      is_enough = (failures_in_a_row_ >= limits::breaker_failures &&
                   failed_.count() >= limits::breaker_members) ||
                  failures_in_a_row_ >= limits::breaker_failures_of_few;
      break;
    case FailureKind::payer_refused:
      refused_by_payer_[endpoint].note(member, now);
      is_enough = refused_by_payer_[endpoint].count() >= limits::breaker_members;
      break;
    case FailureKind::resource_refused:
      refused_resource_[endpoint].forget_before(now - limits::breaker_refusals_within);
      refused_resource_[endpoint].note(member, now);
      is_enough = refused_resource_[endpoint].count() >= limits::breaker_members;
      break;
    case FailureKind::permanent:
    case FailureKind::reconsent_required:
      answered(endpoint, now);
      return;
    case FailureKind::local:
    case FailureKind::rate_limited:
    case FailureKind::drained:
    case FailureKind::lease_lost:
    case FailureKind::cancelled:
      told_nothing(endpoint, member, now);
      return;
  }
  if (is_probe(endpoint, member)) {
    probe_again_later(now);
  } else if (is_enough && !is_open()) {
    open({kind, endpoint}, now);
  }
}

void PayerHealth::follow(const quota::BreakerNews::Heard& heard) {
  if (heard.change == followed_) {
    return;
  }
  followed_ = heard.change;
  if (heard.barred != barred()) {  // a probe under way was of another trouble
    probing_ = false;
    last_probe_.reset();
  }
  if (heard.barred == quota::Barred::nothing) {
    failures_in_a_row_ = 0;
    failed_.clear();
    opened_by_.reset();
    probes_lost_ = 0;
    return;
  }
  opened_by_ = trouble_of(heard.barred);
  next_probe_ = heard.next_probe;
}

PayerHealth::Trouble PayerHealth::trouble_of(quota::Barred barred) noexcept {
  for (const auto endpoint : {fhir::Endpoint::token, fhir::Endpoint::patient,
                              fhir::Endpoint::coverage, fhir::Endpoint::eob}) {
    if (barred == quota::barred_at(endpoint)) {
      return {FailureKind::payer_refused, endpoint};
    }
  }
  return {FailureKind::retryable, fhir::Endpoint::token};
}

quota::Barred PayerHealth::barred() const noexcept {
  if (!opened_by_) {
    return quota::Barred::nothing;
  }
  return opened_by_->kind == FailureKind::retryable ? quota::Barred::everything
                                                    : quota::barred_at(opened_by_->endpoint);
}

void PayerHealth::put_off(SteadyTime next_probe) {
  probing_ = false;
  last_probe_.reset();  // it did not leave
  next_probe_ = next_probe;
}

void PayerHealth::told_nothing(fhir::Endpoint endpoint, const MemberId& member, SteadyTime now) {
  if (is_probe(endpoint, member)) {
    probe_again_later(now);
  }
}

void PayerHealth::open(Trouble trouble, SteadyTime now) {
  opened_by_ = trouble;
  probes_lost_ = 0;
  next_probe_ = now + probe_delay(probes_lost_);
}

void PayerHealth::probe_again_later(SteadyTime now) {
  probing_ = false;
  ++probes_lost_;
  next_probe_ = now + probe_delay(probes_lost_);
}

}  // namespace claimferry::worker
