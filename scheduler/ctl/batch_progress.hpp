// BatchProgress: how far a batch of backfills is, out of what cf_backfills answers of it. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace claimferry::ctl {

struct BatchProgress {
  std::string state;  // open, cancelling, finished, cancelled
  std::uint64_t members = 0;
  std::uint64_t ended = 0;  // done, dead, cancelled or left out
  std::uint64_t dead = 0;
  std::string eta;
  std::string json;  // as it was answered

  // Throws std::runtime_error for what is no such answer: of another release.
  static BatchProgress parse(const std::string& json);

  bool is_over() const noexcept { return state == "finished" || state == "cancelled"; }
  // "[########------------] 40 %, ETA 12 min"
  std::string bar() const;
  // "finished: 1000 of 1000 members, 3 dead"
  std::string text() const;
};

}  // namespace claimferry::ctl
