#include "worker/refresh_outcome.hpp"

namespace claimferry::worker {

std::string_view refresh_outcome(const Failure& failure) noexcept {
  if (failure.code == "payer_down") {
    return "not_sent";
  }
  if (failure.code == "invalid_grant_surge") {
    return "surge";
  }
  if (failure.code == refresh_lost_consent) {
    return "lost_consent";
  }
  switch (failure.kind) {
    case FailureKind::reconsent_required:
      return "invalid_grant";
    case FailureKind::payer_refused:
      return "refused";
    case FailureKind::drained:
    case FailureKind::lease_lost:
    case FailureKind::rate_limited:
    case FailureKind::local:
      return "not_sent";
    default:
      return "failed";
  }
}

}  // namespace claimferry::worker
