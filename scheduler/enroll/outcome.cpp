#include "scheduler/enroll/outcome.hpp"

#include <algorithm>

namespace claimferry::enroll {

const Outcome& outcome_named(std::string_view name) {
  const auto* const found =
      std::ranges::find(outcomes, name, [](const Outcome* each) { return each->name; });
  return found == outcomes.end() ? outcome::our_fault : **found;
}

const Outcome& outcome_of(const Failure& failure) {
  if (failure.code == "token_answer_unusable") {
    return outcome::answer_unusable;
  }
  if (failure.code == "other_patient") {
    return outcome::other_patient;
  }
  if (failure.code == "other_payer") {
    return outcome::member_elsewhere;
  }
  if (failure.code == "not_active") {
    return outcome::leaving;
  }
  switch (failure.kind) {
    case FailureKind::retryable:
    case FailureKind::resource_refused:
      return outcome::payer_down;
    case FailureKind::rate_limited:
      return outcome::payer_busy;
    case FailureKind::reconsent_required:
      return outcome::code_refused;
    case FailureKind::payer_refused:
      return outcome::not_subscribed;
    case FailureKind::local:
    case FailureKind::permanent:
    case FailureKind::drained:
    case FailureKind::lease_lost:
    case FailureKind::cancelled:
      return outcome::our_fault;
  }
  return outcome::our_fault;
}

const Outcome& outcome_of_error(std::string_view error) {
  if (error == "access_denied") {
    return outcome::denied;
  }
  if (error == "temporarily_unavailable" || error == "server_error") {
    return outcome::payer_down;
  }
  if (error == "unauthorized_client") {
    return outcome::not_subscribed;
  }
  return outcome::refused_by_payer;
}

}  // namespace claimferry::enroll
