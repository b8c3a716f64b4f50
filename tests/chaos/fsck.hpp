// What `claimferry fsck` says of the queue's invariants. Here, and nowhere else, the run asks.
#pragma once

#include <string>

#include "tests/integration/fleet.hpp"

namespace claimferry::chaos {

struct Fsck {
  bool checked = false;
  std::string broken;  // its lines; empty: clean
};

Fsck check_queue(integration::Fleet& fleet);

}  // namespace claimferry::chaos
