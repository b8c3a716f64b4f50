#include "common/members/intent_rules.hpp"

namespace claimferry::members {

bool takes_back(const StandingIntent& standing, const IntentRequest& request) noexcept {
  return standing.fence == request.fence && request.sends < standing.sends;
}

Result<IntentChange> decide_intent(const StandingIntent& standing, const IntentRequest& request) {
  if (standing.version != request.version) {
    return Failure{FailureKind::permanent, "token_version", "the tokens were renewed"};
  }
  using Kind = IntentChange::Kind;
  const bool is_own = standing.fence == request.fence;
  if (!is_own && standing.sends > 0 && request.sends <= standing.sends) {
    if (request.sends == 0) {
      return IntentChange{Kind::nothing};
    }
    // Whoever would send now loaded before that intent was there.
    return Failure{FailureKind::permanent, "token_version", "another refresh is under way"};
  }
  if (request.sends == 0) {
    return IntentChange{Kind::clear, request.fence, 0, standing.before};
  }
  if (takes_back(standing, request)) {
    return IntentChange{Kind::set, standing.before.value_or(request.fence), request.sends};
  }
  if (standing.fence && *standing.fence > request.fence) {
    return Failure{FailureKind::lease_lost, "lease_lost", "a later lease noted its own refresh"};
  }
  const bool takes_place = !is_own && standing.fence;
  return IntentChange{Kind::set, request.fence, request.sends,
                      takes_place ? standing.fence : standing.before};
}

Storer storer(const StandingIntent& standing, Fence fence) noexcept {
  if (standing.fence == fence) {
    return Storer::sent_it;
  }
  return !standing.fence && standing.before == fence ? Storer::outlived : Storer::neither;
}

}  // namespace claimferry::members
