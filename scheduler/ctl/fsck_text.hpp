// What `claimferry fsck` prints of a report, as a table or as JSON. Pure.
#pragma once

#include <string>

#include "common/queue/fsck_report.hpp"

namespace claimferry::ctl {

// Rows, then examples, then what to type next; ends with a line break.
std::string fsck_table(const queue::FsckReport& report);
// One object:
// {"clean","found","repaired","left","checks":[{"check","found","repaired"}],"examples":
// [{"check","about","what","remedy","repaired"}],"hidden","aside":[],"unjudged":[]}.
std::string fsck_json(const queue::FsckReport& report);

}  // namespace claimferry::ctl
