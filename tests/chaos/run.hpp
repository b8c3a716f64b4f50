// One run from the first process to the verdict: starts the fleet, performs the plan, waits until
// every member was swept anew, ends all in order, and gathers what it came to.
#pragma once

#include <memory>

#include "tests/chaos/findings.hpp"

namespace claimferry::chaos {

struct RunOptions {
  double minutes = 1;
  std::uint64_t seed = 1;
  bool plant_loss = false;  // takes a claim out of the sink, so that the verdict must find it
};

class Run {
 public:
  explicit Run(const RunOptions& options);

  // What goes wrong on the way stands in the findings.
  Findings to_its_end();
  std::filesystem::path directory() const { return fleet_.directory(); }
  // Logs and data stay.
  void keep() { fleet_.keep_directory(); }

 private:
  void begin();
  void trouble();
  void settle();
  void end();
  void judge();
  bool all_swept_since(long long ms);

  RunOptions options_;
  integration::Fleet fleet_;
  Crew crew_;
  Members members_;
  QueueLook look_;
  Trouble trouble_;
  Findings findings_;
};

}  // namespace claimferry::chaos
