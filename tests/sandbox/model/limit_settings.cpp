#include "tests/sandbox/model/limit_settings.hpp"

namespace claimferry::sandbox {
namespace {

std::optional<std::string> mistake_in(const std::vector<RateChange>& schedule,
                                      const std::string& where) {
  if (schedule.size() > rate_changes_max) {
    return where + " has " + std::to_string(schedule.size()) + " entries, and at most " +
           std::to_string(rate_changes_max) + " are kept; leave some out, or PUT the rest later";
  }
  unsigned before = 0;
  for (std::size_t index = 0; index < schedule.size(); ++index) {
    const RateChange& change = schedule[index];
    const std::string entry = where + "[" + std::to_string(index) + "]";
    if (change.after_ms == 0) {
      return entry + " has no after_ms; say how many ms after this PUT its rate begins";
    }
    if (change.after_ms <= before) {
      return entry + ".after_ms is " + std::to_string(change.after_ms) +
             ", not after the entry before it (" + std::to_string(before) +
             "); sort the entries by after_ms, each moment once";
    }
    if (change.rate <= 0) {
      return entry + ".rate is missing or 0; give a rate above 0, such as 0.1 for next to nothing";
    }
    before = change.after_ms;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> mistake_in(const Limits& limits) {
  if (auto mistake = mistake_in(limits.limit.schedule, "schedule")) {
    return mistake;
  }
  if (!limits.address) {
    return std::nullopt;
  }
  if (limits.limit.scope != LimitScope::app) {
    return "scope is address and address is given too; leave scope out for the app's limit, or "
           "leave address out";
  }
  if (limits.address->scope != LimitScope::address) {
    return "address.scope is app, but that limit is by address; leave address.scope out";
  }
  return mistake_in(limits.address->schedule, "address.schedule");
}

}  // namespace claimferry::sandbox
