// ClientSecrets: what our client authenticates with at a payer's token endpoint: one secret, or two
// while one is being replaced there; and which of them serves. When the other one is tried is
// token_keeper.hpp's business.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "common/base/assert.hpp"
#include "common/base/secret.hpp"

namespace claimferry::worker {

class ClientSecrets {
 public:
  // The one to try first in front; never none.
  explicit ClientSecrets(std::vector<Secret> secrets) { replace(std::move(secrets)); }
  // Others in their place, the first of them serves.
  void replace(std::vector<Secret> secrets) {
    CLAIMFERRY_ASSERT(!secrets.empty());
    const std::lock_guard lock(mutex_);
    secrets_ = std::move(secrets);
    serving_ = 0;
  }

  // Where there are fewer by now, the last of them.
  Secret at(unsigned number) const {
    const std::lock_guard lock(mutex_);
    return secrets_[std::min<std::size_t>(number, secrets_.size() - 1)];
  }
  unsigned serving() const noexcept { return serving_.load(std::memory_order_relaxed); }
  std::optional<unsigned> other_than(unsigned number) const {
    const std::lock_guard lock(mutex_);
    return secrets_.size() > 1 ? std::optional(number == 0 ? 1U : 0U) : std::nullopt;
  }
  void serve(unsigned number) noexcept { serving_.store(number, std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::vector<Secret> secrets_;
  std::atomic<unsigned> serving_{0};  // read and written by every shard's thread
};

}  // namespace claimferry::worker
