// The scripts of the release before this one, made out of this one's: what came since is taken out
// again, so that a world can run both beside each other on one Redis.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claimferry::world {

// Lanes in strict order, no work asked for again while it runs, no batches, and cancelled jobs told
// by the heartbeat alone.
std::string older_release(std::string source);
// The texts of this release that it takes out or changes.
std::vector<std::string_view> texts_since();

}  // namespace claimferry::world
