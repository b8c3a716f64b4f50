// What a payer would hold against a client, counted; and the figures that make the counts legible.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/clock.hpp"
#include "tests/sandbox/model/payer_request.hpp"

namespace claimferry::sandbox {

struct Violations {
  std::uint64_t requests_during_retry_after = 0;
  std::uint64_t refresh_reused = 0;        // within a minute, or once too often
  std::uint64_t refresh_retried_late = 0;  // at most one a token version, else it is reuse
  std::uint64_t tokens_elsewhere = 0;
  std::uint64_t unknown_parameters = 0;
  std::uint64_t codes_reused = 0;
  std::uint64_t credentials_in_body = 0;  // of token requests: anywhere but in a Basic header
  std::uint64_t pkce_missing = 0;         // no S256 challenge, or no verifier to it
  std::uint64_t aud_wrong = 0;
  std::uint64_t concurrency_max = 0;
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;       // searchset Bundles that left whole
  std::uint64_t status_429 = 0;  // that left whole
  std::uint64_t bytes_sent = 0;
  std::uint64_t codes_issued = 0;
  std::uint64_t codes_exchanged = 0;
  std::uint64_t logins_failed = 0;
  std::uint64_t consents_denied = 0;
  std::array<std::uint64_t, endpoint_count> requests_by_endpoint{};
};

std::string describe(const Violations& violations);

// Follows the requests in progress and the waits that were asked for.
class Conduct {
 public:
  Violations& counts() noexcept { return counts_; }
  const Violations& counts() const noexcept { return counts_; }

  // Whether the client should have waited.
  bool arrived(Endpoint endpoint, WallTime at);
  // complete: every byte that the answer's transport lets pass was written.
  void answered(const Answer& answer, std::uint64_t bytes_sent, WallTime written, bool complete);
  // In progress stay in progress; counts and waits begin anew.
  void reset();

 private:
  Violations counts_;
  std::uint64_t in_progress_ = 0;
  WallTime wait_from_{};
  WallTime wait_until_{};
};

}  // namespace claimferry::sandbox
