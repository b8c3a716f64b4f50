// PostgreSQL's failures in the words of the sink's port.
#pragma once

#include "common/base/failure.hpp"

namespace claimferry::claims {

// Would the same transaction pass when it is run again?
bool is_conflict(const Failure& failure);

// local: sink_unavailable, disk_full, sink_busy, sink_rights (the user may not do what it must).
// permanent, "sink_refused": values that no PostgreSQL takes, such as an identifier of kilobytes;
// waiting changes nothing.
Failure sink_failure(const Failure& failure);

}  // namespace claimferry::claims
