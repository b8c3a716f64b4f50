#include "scheduler/ctl/backfill_window.hpp"

namespace claimferry::ctl {
namespace {

Failure bad_window(std::string detail) {
  return {FailureKind::permanent, "bad_window", std::move(detail)};
}

}  // namespace

Result<queue::Window> backfill_window(const std::string& since, const std::string& until,
                                      std::chrono::sys_days today) {
  if (since.empty() && until.empty()) {
    return queue::Window();
  }
  const auto from = queue::Window::parse(since + "..");
  if (!since.empty() && !from) {
    return bad_window("--since is no date; write one such as 2023-01-01");
  }
  if (!until.empty() && !queue::Window::parse(".." + until)) {
    return bad_window("--until is no date; write one such as 2023-12-31");
  }
  if (!since.empty() && *from->since > today) {
    return bad_window("--since is yet to come, and claims tell of services that were; correct it");
  }
  auto window = queue::Window::parse(since + ".." + until);
  if (!window) {
    return bad_window("--until is before --since; correct one of them");
  }
  return *window;
}

}  // namespace claimferry::ctl
