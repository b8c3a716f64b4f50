// A limit and its counts: one for the app, or one for each source address. Of addresses, those that
// asked longest ago are forgotten, and begin afresh when they ask again.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

#include "tests/sandbox/model/rate_limit.hpp"

namespace claimferry::sandbox {

inline constexpr std::size_t limited_addresses_max = 1024;

class ScopedLimit {
 public:
  void configure(const LimitSettings& settings, WallTime now);
  const LimitSettings& settings() const noexcept { return settings_; }
  bool stands() const noexcept { return settings_.kind != LimitKind::none; }

  // Good until the next call.
  RateLimit& count_of(const std::string& address);
  // How many counts there are by now.
  std::size_t counts() const noexcept { return counts_.size(); }
  // Requests a second that all counts together let through in the long run, and until when.
  RatePlan::Segment sustained(WallTime moment) const;

 private:
  struct Count {
    std::string address;
    RateLimit limit;
  };

  LimitSettings settings_;
  WallTime since_{};
  RatePlan plan_;
  std::list<Count> counts_;  // the last to ask stands first
  std::unordered_map<std::string, std::list<Count>::iterator> by_address_;
};

}  // namespace claimferry::sandbox
