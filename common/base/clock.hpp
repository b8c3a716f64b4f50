// Time comes in by constructor, so that tests own it. Wall time is what Redis, tokens and payers
// speak; steady time measures durations and survives a clock set back.
#pragma once

#include <chrono>
#include <string>

namespace claimferry {

using Duration = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  SteadyTime steady() const override;
};

// "2026-03-01", the only date form that payers, Redis and the tables share.
std::string format_date(std::chrono::sys_days day);
// "2026-03-01T09:30:00Z": RFC 3339, to the second.
std::string format_time(WallTime at);
// "2026-03-01T09:30:00.000Z": likewise, to the millisecond; such texts sort as their times do.
std::string format_exact_time(WallTime at);

}  // namespace claimferry
