#include "common/quota/permit_stock.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

constexpr auto timer_is_late_by = std::chrono::milliseconds(2);

}  // namespace

void PermitStock::add(const Grant& grant, SteadyTime now) {
  SteadyTime slot = now + grant.first_in;
  for (const Use use : uses) {
    for (unsigned number = 0; number < grant.granted[use]; ++number) {
      put_back({use, std::max(slot, now), grant.epoch});
      slot += grant.interval;
    }
  }
}

std::optional<Permit> PermitStock::take_due(SteadyTime now) {
  drop_expired(now);
  if (permits_.empty() || permits_.front().starts > now) {
    return std::nullopt;
  }
  const Permit permit = permits_.front();
  permits_.pop_front();
  const auto late = now - permit.starts - timer_is_late_by;
  if (late > SteadyTime::duration::zero() && is_spaced(permit)) {
    for (Permit& later : permits_) {
      later.starts += late;
    }
  }
  return permit;
}

// Those of a burst, and where no rate is known, may leave together.
bool PermitStock::is_spaced(const Permit& permit) const noexcept {
  return !permits_.empty() && permits_.front().starts > permit.starts;
}

void PermitStock::put_back(const Permit& permit) {
  const auto after = std::ranges::upper_bound(permits_, permit.starts, {}, &Permit::starts);
  permits_.insert(after, permit);
}

std::optional<SteadyTime> PermitStock::next_start() const {
  return permits_.empty() ? std::nullopt : std::optional(permits_.front().starts);
}

std::optional<SteadyTime> PermitStock::last_start() const {
  return permits_.empty() ? std::nullopt : std::optional(permits_.back().starts);
}

void PermitStock::drop_before(std::uint64_t epoch) {
  std::erase_if(permits_, [epoch](const Permit& permit) { return permit.epoch < epoch; });
}

void PermitStock::drop_expired(SteadyTime now) {
  while (!permits_.empty() && permits_.front().starts + limits::permit_life < now) {
    permits_.pop_front();
  }
}

unsigned PermitStock::give_up(SteadyTime now) {
  const auto to_come =
      std::ranges::count_if(permits_, [now](const Permit& permit) { return permit.starts >= now; });
  permits_.clear();
  return static_cast<unsigned>(to_come);
}

}  // namespace claimferry::quota
