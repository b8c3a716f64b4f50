#include "common/base/failure.hpp"

namespace claimferry {

std::string_view to_string(FailureKind kind) noexcept {
  switch (kind) {
    case FailureKind::retryable:
      return "retryable";
    case FailureKind::local:
      return "local";
    case FailureKind::rate_limited:
      return "rate_limited";
    case FailureKind::reconsent_required:
      return "reconsent_required";
    case FailureKind::payer_refused:
      return "payer_refused";
    case FailureKind::resource_refused:
      return "resource_refused";
    case FailureKind::permanent:
      return "permanent";
    case FailureKind::drained:
      return "drained";
    case FailureKind::lease_lost:
      return "lease_lost";
    case FailureKind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::intake:
      return "intake";
    case Stage::token:
      return "token";
    case Stage::patient:
      return "patient";
    case Stage::coverage:
      return "coverage";
    case Stage::eob:
      return "eob";
    case Stage::sink:
      return "sink";
    case Stage::close:
      return "close";
    case Stage::queue:
      return "queue";
    case Stage::setup:
      return "setup";
  }
  return "unknown";
}

}  // namespace claimferry
