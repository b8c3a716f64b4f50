// The limits that the payer sets on its clients, at most one on the app beside one on each source
// address: whether a request passes them all, and what was made of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/model/limit_settings.hpp"
#include "tests/sandbox/model/scoped_limit.hpp"
#include "tests/sandbox/model/usage.hpp"

namespace claimferry::sandbox {

enum class Counted : std::uint8_t { resource, token };

class PayerLimits {
 public:
  struct Told {
    std::string_view name;  // of the limit's definition
    std::uint64_t limit;
    std::uint64_t remaining;
  };
  struct Verdict {
    bool granted = true;
    Duration wait = Duration::zero();              // until all that refused would grant
    RetryAfter retry_after = RetryAfter::seconds;  // of the one that asks for the longest wait
    std::vector<Told> told;                        // what the headers shall say
  };

  // Starts afresh, usage too.
  void configure(const LimitSettings& limit, WallTime now);
  void configure(const Limits& limits, WallTime now);
  // A request that one limit refuses takes nothing from the other.
  Verdict take(Counted what, const std::string& address, WallTime now);

  // How refusals beside the limits ask for a wait.
  RetryAfter retry_after() const noexcept { return limits_.front().settings().retry_after; }
  Usage& usage() noexcept { return usage_; }
  const Usage& usage() const noexcept { return usage_; }
  // The most that the limits let through between the two in the long run, with as many addresses
  // as have asked by now; nothing: there is no limit.
  std::optional<double> allowed(WallTime from, WallTime to) const;

 private:
  struct Asked {
    std::string_view name;
    const LimitSettings* settings;
    RateLimit* count;
  };

  std::vector<Asked> asked_by(Counted what, const std::string& address);

  std::array<ScopedLimit, 2> limits_;
  Usage usage_;
};

}  // namespace claimferry::sandbox
