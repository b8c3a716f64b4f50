// What a hand, or a Redis that lost its last second, may do to a queue: raw commands on a scene
// that every row shares, and which of fsck's rows must tell of it.
#pragma once

#include <string>
#include <vector>

#include "common/redis/client.hpp"

namespace claimferry::contract {

// Jobs of members whose names say how they stand.
struct Scene {
  std::string ready;    // M1, urgent
  std::string running;  // M2
  std::string delayed;  // M3
  std::string done;     // M4, active and idle
  std::string dead;     // M5
  // M6 must consent again; M7 is busy with `busy` while `waiting` waits.
  std::string busy, waiting;
  std::string of_batch;  // M8, ready; M9's is of the same batch
  std::string batch;
};

struct Damage {
  std::string name;
  std::string rows;  // that tell of it without --repair, in order: "I2 I3"
  std::vector<redis::Command> commands;
  std::vector<std::string> lost =
      {};  // jobs whose work is gone, or that another's takes the place of
};

std::vector<Damage> damages(const Scene& scene);
// Each key of the queue, held by somebody else.
std::vector<Damage> foreign_keys(const Scene& scene);

}  // namespace claimferry::contract
