// The service dates of a backfill, as an operator's words give them.
#pragma once

#include <optional>
#include <string>

#include "common/queue/job.hpp"

namespace claimferry::ctl {

// Dates such as "2023-01-01"; empty: open at that end, both empty: everything. Nothing for words
// that are no dates, or a first day behind the last.
std::optional<queue::Window> backfill_window(const std::string& since, const std::string& until);

}  // namespace claimferry::ctl
