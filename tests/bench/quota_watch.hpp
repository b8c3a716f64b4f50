// Looks on while a trial runs: the quota of its payer as it stands in Redis, a few times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "tests/integration/fleet.hpp"

namespace claimferry::bench {

struct QuotaState {
  double rate = 0;     // in force, requests a second
  double good = 0;     // the last one that was served whole
  double permits = 0;  // since the start, as all that follow
  double permits_used = 0;
  double bursts = 0;         // of 429s
  double quiet_seconds = 0;  // that those brought
  double calls = 0;          // of quota_take
};

class QuotaWatch {
 public:
  explicit QuotaWatch(integration::Fleet& fleet) : fleet_(fleet) {}

  // Times count from here.
  void begin() { begun_ = std::chrono::steady_clock::now(); }
  // Looks on until then.
  void watch_until(std::chrono::milliseconds time);
  // As it stood at the end of that second.
  QuotaState at_end_of(std::size_t second) const;
  QuotaState now();

 private:
  void look();

  integration::Fleet& fleet_;
  std::chrono::steady_clock::time_point begun_{};
  std::vector<QuotaState> seconds_;
  QuotaState latest_;
  // The quota counts its calls anew each second or so.
  double calls_closed_ = 0;
  double calls_open_ = 0;
  double calls_at_ = 0;
};

}  // namespace claimferry::bench
