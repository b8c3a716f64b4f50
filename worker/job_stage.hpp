// Which endpoint a resource is asked at, and which stage of a job that is.
#pragma once

#include "common/base/failure.hpp"
#include "common/fhir/classify.hpp"
#include "common/queue/cursor.hpp"

namespace claimferry::worker {

fhir::Endpoint endpoint_of(queue::Resource resource) noexcept;
// Of a stage that reads the payer's resources.
fhir::Endpoint endpoint_of(Stage stage) noexcept;
Stage stage_of(queue::Resource resource) noexcept;

}  // namespace claimferry::worker
