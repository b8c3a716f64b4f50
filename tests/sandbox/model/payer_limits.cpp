#include "tests/sandbox/model/payer_limits.hpp"

#include <algorithm>
#include <limits>

namespace claimferry::sandbox {
namespace {

constexpr std::array<std::string_view, 2> definitions = {"rate-limit-1", "rate-limit-2"};

}  // namespace

void PayerLimits::configure(const LimitSettings& limit, WallTime now) {
  configure(Limits{limit, std::nullopt}, now);
}

void PayerLimits::configure(const Limits& limits, WallTime now) {
  limits_.front().configure(limits.limit, now);
  limits_.back().configure(limits.address.value_or(LimitSettings()), now);
  usage_.begin(now);
}

std::vector<PayerLimits::Asked> PayerLimits::asked_by(Counted what, const std::string& address) {
  std::vector<Asked> asked;
  for (std::size_t index = 0; index < limits_.size(); ++index) {
    ScopedLimit& limit = limits_[index];
    if (limit.stands() && (what == Counted::resource || limit.settings().tokens)) {
      asked.push_back({definitions[index], &limit.settings(), &limit.count_of(address)});
    }
  }
  return asked;
}

PayerLimits::Verdict PayerLimits::take(Counted what, const std::string& address, WallTime now) {
  const std::vector<Asked> asked = asked_by(what, address);
  Verdict verdict;
  verdict.retry_after = retry_after();
  for (const Asked& one : asked) {
    const RateLimit::Verdict seen = one.count->look(now);
    if (!seen.granted && (verdict.granted || seen.wait > verdict.wait)) {
      verdict.granted = false;
      verdict.wait = seen.wait;
      verdict.retry_after = one.settings->retry_after;
    }
  }
  for (const Asked& one : asked) {
    const auto seen = verdict.granted ? one.count->take(now) : one.count->look(now);
    if (one.settings->headers) {
      verdict.told.push_back({one.name, seen.limit, seen.remaining});
    }
  }
  if (what == Counted::resource || !asked.empty()) {
    usage_.decided(now, verdict.granted);
  }
  return verdict;
}

std::optional<double> PayerLimits::allowed(WallTime from, WallTime to) const {
  if (std::ranges::none_of(limits_, &ScopedLimit::stands)) {
    return std::nullopt;
  }
  double sum = 0;
  while (from < to) {
    double rate = std::numeric_limits<double>::max();
    WallTime until = to;
    for (const ScopedLimit& limit : limits_) {
      if (limit.stands()) {
        const RatePlan::Segment segment = limit.sustained(from);
        rate = std::min(rate, segment.rate);
        until = std::min(until, segment.until);
      }
    }
    sum += rate * static_cast<double>((until - from).count()) / 1000;
    from = until;
  }
  return sum;
}

}  // namespace claimferry::sandbox
