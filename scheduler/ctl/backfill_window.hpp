// The service dates of a backfill, as an operator's words give them.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/queue/job.hpp"

namespace claimferry::ctl {

// Dates such as "2023-01-01"; empty: open at that end, both empty: everything.
// permanent/"bad_window" names the option: no date, a last day before the first, a first day that
// is yet to come.
Result<queue::Window> backfill_window(const std::string& since, const std::string& until,
                                      std::chrono::sys_days today);

}  // namespace claimferry::ctl
