// LiveSecret: a secret that may be replaced while it is in use: copies of it share what it is now,
// so that whoever dials next takes the new one. Safe to use from many threads.
#pragma once

#include <memory>
#include <mutex>

#include "common/base/secret.hpp"

namespace claimferry {

class LiveSecret {
 public:
  LiveSecret() : LiveSecret(Secret()) {}
  LiveSecret(Secret secret) : state_(std::make_shared<State>(std::move(secret))) {}

  Secret get() const {
    const std::lock_guard lock(state_->mutex);
    return state_->secret;
  }
  bool empty() const { return get().empty(); }
  // In every copy, too.
  void replace(Secret secret) {
    const std::lock_guard lock(state_->mutex);
    state_->secret = std::move(secret);
  }

 private:
  struct State {
    explicit State(Secret given) : secret(std::move(given)) {}
    std::mutex mutex;
    Secret secret;
  };
  std::shared_ptr<State> state_;
};

}  // namespace claimferry
