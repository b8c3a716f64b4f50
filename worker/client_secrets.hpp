// ClientSecrets: what our client authenticates with at a payer's token endpoint: one secret, or two
// while one is being replaced there; and which of them serves. When the other one is tried is
// token_keeper.hpp's business.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "common/base/assert.hpp"
#include "common/base/secret.hpp"

namespace claimferry::worker {

class ClientSecrets {
 public:
  // The one to try first in front; never none.
  explicit ClientSecrets(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {
    CLAIMFERRY_ASSERT(!secrets_.empty());
  }

  const Secret& at(unsigned number) const { return secrets_.at(number); }
  unsigned serving() const noexcept { return serving_.load(std::memory_order_relaxed); }
  std::optional<unsigned> other_than(unsigned number) const noexcept {
    return secrets_.size() > 1 ? std::optional(number == 0 ? 1U : 0U) : std::nullopt;
  }
  void serve(unsigned number) noexcept { serving_.store(number, std::memory_order_relaxed); }

 private:
  std::vector<Secret> secrets_;
  std::atomic<unsigned> serving_{0};  // read and written by every shard's thread
};

}  // namespace claimferry::worker
