#include "scheduler/ctl/bulk_enrolment.hpp"

#include "common/base/limits.hpp"

namespace claimferry::ctl {
namespace {

constexpr std::size_t line_bytes_max = 64 * limits::KiB;

Result<void> enrol_line(const std::string& text, const AddLine& add) {
  if (text.size() > line_bytes_max) {
    return Failure{FailureKind::permanent, "bad_line", "is longer than 64 KiB"};
  }
  auto line = parse_enrolment_line(text);
  if (!line) {
    return std::move(line.failure());
  }
  return add(*line);
}

}  // namespace

BulkEnrolment enrol_lines(std::istream& lines, const AddLine& add, const RefuseLine& refuse) {
  BulkEnrolment done;
  std::string text;
  while (std::getline(lines, text)) {
    ++done.line;
    if (text.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const auto enrolled = enrol_line(text, add);
    if (enrolled) {
      ++done.added;
    } else if (enrolled.failure().kind == FailureKind::local) {
      done.ended_by = enrolled.failure();
      break;
    } else {
      ++done.refused;
      refuse(done.line, enrolled.failure().detail);
    }
  }
  return done;
}

}  // namespace claimferry::ctl
