#include "scheduler/ctl/backfill_window.hpp"

namespace claimferry::ctl {

std::optional<queue::Window> backfill_window(const std::string& since, const std::string& until) {
  if (since.empty() && until.empty()) {
    return queue::Window();
  }
  return queue::Window::parse(since + ".." + until);
}

}  // namespace claimferry::ctl
