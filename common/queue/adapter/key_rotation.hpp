// KeyRotation: brings every member's data key under the active key of the key file, while workers
// and schedulers go on. Tokens are not touched. Bounded memory, calls of a few milliseconds. What
// is done is passed over, so that a run that was broken off is simply begun again.
#pragma once

#include <cstdint>
#include <functional>

#include "common/queue/adapter/data_keys.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::queue {

struct RotationReport {
  struct Closed {
    MemberId member;
    std::string why;
  };
  static constexpr std::size_t examples_max = 10;

  std::uint64_t rewrapped = 0;
  std::uint64_t already = 0;     // under the active key
  std::uint64_t changing = 0;    // under somebody's hands, each time: the next run sees to them
  std::uint64_t closed = 0;      // do not open; left alone
  std::vector<Closed> examples;  // of the closed

  // Redis tells a name twice now and then: about so many.
  std::uint64_t members() const noexcept { return rewrapped + already + changing + closed; }
  bool is_complete() const noexcept { return changing == 0 && closed == 0; }
};

class KeyRotation {
 public:
  using Progress = std::function<void(const RotationReport&)>;
  // All outlive it. Progress is told of page by page.
  KeyRotation(DataKeyStore& keys, const vault::Vault& vault, Progress progress)
      : keys_(keys), vault_(vault), progress_(std::move(progress)) {}

  // Once. Fails when Redis goes away; report() says how far it came.
  awaitable<Result<void>> run();
  const RotationReport& report() const noexcept { return report_; }

 private:
  awaitable<Result<void>> see_to(std::vector<MemberId> members);
  // Answers who changed in between.
  awaitable<Result<std::vector<MemberId>>> rewrap(std::vector<MemberId> members);
  std::vector<Rewrapped> wrapped_anew(std::vector<WrappedKey> held);

  DataKeyStore& keys_;
  const vault::Vault& vault_;
  Progress progress_;
  RotationReport report_;
};

}  // namespace claimferry::queue
