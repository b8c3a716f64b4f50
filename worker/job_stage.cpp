#include "worker/job_stage.hpp"

#include "common/base/assert.hpp"

namespace claimferry::worker {

using queue::Resource;

fhir::Endpoint endpoint_of(Resource resource) noexcept {
  switch (resource) {
    case Resource::patient:
      return fhir::Endpoint::patient;
    case Resource::coverage:
      return fhir::Endpoint::coverage;
    case Resource::eob:
      return fhir::Endpoint::eob;
  }
  CLAIMFERRY_ASSERT(false);
}

fhir::Endpoint endpoint_of(Stage stage) noexcept {
  switch (stage) {
    case Stage::patient:
      return fhir::Endpoint::patient;
    case Stage::coverage:
      return fhir::Endpoint::coverage;
    default:
      return fhir::Endpoint::eob;
  }
}

Stage stage_of(Resource resource) noexcept {
  switch (resource) {
    case Resource::patient:
      return Stage::patient;
    case Resource::coverage:
      return Stage::coverage;
    case Resource::eob:
      return Stage::eob;
  }
  CLAIMFERRY_ASSERT(false);
}

}  // namespace claimferry::worker
