// InFlightCap: a shard's cap on its requests in flight, over all payers, and who looks again when a
// place is free. Single-threaded.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace claimferry::quota {

class InFlightCap {
 public:
  explicit InFlightCap(unsigned most) : free_(most) {}
  unsigned free() const noexcept { return free_; }
  void take() noexcept { --free_; }
  void give_back() noexcept { ++free_; }
  // One was given back: those who wait look again, another payer first each time, so that none is
  // always last.
  void tell() {
    for (const auto& notice : freed_) {
      notice();
    }
    if (!freed_.empty()) {
      std::ranges::rotate(freed_, freed_.begin() + 1);
    }
  }
  void when_told(std::function<void()> notice) { freed_.push_back(std::move(notice)); }

 private:
  unsigned free_;
  std::vector<std::function<void()>> freed_;
};

}  // namespace claimferry::quota
