// Readiness: the observer that remembers which of our own things are away, for /readyz. Each
// trouble is told once when it begins and once when it is over, by each shard for itself: one is
// current until all that told of it said that it is over.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/telemetry/event.hpp"

namespace claimferry::telemetry {

class Readiness final : public Observer {
 public:
  void on(const Event& event) noexcept override;
  // Empty: nothing is away; else one line: "redis is away: …; sink is away: …".
  std::string why_not_ready() const;

 private:
  struct Trouble {
    std::string what;
    std::string detail;
    unsigned told_by;
  };
  void begin(const LocalTrouble& trouble);
  void end(const LocalTrouble& trouble);

  mutable std::mutex mutex_;  // written by the shards and the main loop, read by the admin thread
  std::vector<Trouble> troubles_;  // a handful: one a thing that can be away
};

}  // namespace claimferry::telemetry
