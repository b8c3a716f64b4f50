// The plan of a run: which trouble comes when, to whom. Pure: the same seed gives the same plan.
#pragma once

#include <chrono>
#include <vector>

#include "tests/chaos/action.hpp"

namespace claimferry::chaos {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Step {
  milliseconds at{};  // since the trouble began
  Action action{};
  // The worker's or scheduler's number, the spell's, or a number that chooses a member.
  unsigned which = 0;
  milliseconds lasts{};  // of Redis: how long it stays away

  bool operator==(const Step&) const = default;
};

struct PlanSize {
  milliseconds length{};
  unsigned workers = 0;
  unsigned schedulers = 0;
};

// In order of time. By the end of the length everything that was taken away is back.
std::vector<Step> make_plan(std::uint64_t seed, const PlanSize& size);

}  // namespace claimferry::chaos
