#include "tests/bench/quota_watch.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

namespace claimferry::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 250ms;
constexpr double calls_count_on_ms = 2'000;  // as take.lua rolls them

}  // namespace

void QuotaWatch::look() {
  std::istringstream answer(
      fleet_.redis({"HMGET", "cf:{0}:quota:aetna-sandbox", "rate", "good", "granted", "used",
                    "refused", "blocked_ms", "calls", "calls_before", "calls_at"}));
  const auto next = [&answer] {
    std::string line;
    std::getline(answer, line);
    return std::strtod(line.c_str(), nullptr);
  };
  latest_.rate = next();
  latest_.good = next();
  latest_.permits = next();
  latest_.permits_used = next();
  latest_.bursts = next();
  latest_.quiet_seconds = next() / 1000;
  const double calls = next();
  const double calls_before = next();
  const double calls_at = next();
  if (calls_at != calls_at_) {
    const bool rolled = calls_at - calls_at_ < calls_count_on_ms;
    calls_closed_ += rolled ? calls_before : calls_open_;
    calls_at_ = calls_at;
  }
  calls_open_ = calls;
  latest_.calls = calls_closed_ + calls_open_;
}

void QuotaWatch::watch_until(std::chrono::milliseconds time) {
  using std::chrono::steady_clock;
  auto next_look = steady_clock::now();
  const auto at_most = std::chrono::ceil<std::chrono::milliseconds>(begun_ + time - next_look);
  integration::eventually(at_most, [&] {
    const auto now = steady_clock::now();
    if (now >= next_look) {
      next_look = now + between_looks;
      look();
      const auto second = static_cast<std::size_t>((now - begun_) / 1s);
      seconds_.resize(std::max(seconds_.size(), second + 1), latest_);
      seconds_[second] = latest_;
    }
    return now >= begun_ + time;
  });
}

QuotaState QuotaWatch::at_end_of(std::size_t second) const {
  return seconds_.empty() ? QuotaState{} : seconds_[std::min(second, seconds_.size() - 1)];
}

QuotaState QuotaWatch::now() {
  look();
  return latest_;
}

}  // namespace claimferry::bench
