// Bulk enrolment: members line by line out of a stream. Goes on after a bad line, so that one
// mistake does not hide the others, and ends where Redis goes away: what was added stays, and the
// same lines may be given again.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "scheduler/ctl/enrolment_line.hpp"

namespace claimferry::ctl {

struct BulkEnrolment {
  std::size_t added = 0;
  std::size_t refused = 0;
  std::size_t line = 0;  // the last one that was read
  std::optional<Failure> ended_by;
};

using AddLine = std::function<Result<void>(const EnrolmentLine& line)>;
// Called for each bad line with its number, from 1, and the reason, which repeats no value of it.
using RefuseLine = std::function<void(std::size_t line, const std::string& reason)>;

BulkEnrolment enrol_lines(std::istream& lines, const AddLine& add, const RefuseLine& refuse);

}  // namespace claimferry::ctl
