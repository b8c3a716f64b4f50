// The one vocabulary of what can go wrong in the world. An adapter decides the kind once, at its
// edge; nobody above looks at a status code, an errno or a reply again. What follows from a kind is
// common/queue/disposition.hpp's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry {

enum class FailureKind : std::uint8_t {
  retryable,           // network, timeout, 5xx
  local,               // Redis or the sink away, disk full: ours to wait for
  rate_limited,        // 429, or 503 with Retry-After
  reconsent_required,  // invalid_grant, and nothing else
  payer_refused,       // 401 at the token endpoint, wrong base URL
  resource_refused,    // 401 or 403 on a resource
  permanent,           // unknown member, a limit exceeded, an answer unusable after retries
  drained,             // SIGTERM
  lease_lost,          // another owns the member
  cancelled,           // an operator
};

// Where in a job's way it happened; a label in metrics and dead letters.
enum class Stage : std::uint8_t {
  intake,
  token,
  patient,
  coverage,
  eob,
  sink,
  close,
  queue,
  setup
};

struct Failure {
  FailureKind kind = FailureKind::retryable;
  // A stable, short name ("http_503", "next_link_foreign_host"): metrics, dead letters and tests
  // rely on it.
  std::string code;
  // One sentence for a person: what, where, and how to fix it. Never a secret, a name, an amount or
  // a payer's body.
  std::string detail;
  // What the payer asked for (Retry-After); absent means "use backoff".
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

std::string_view to_string(FailureKind kind) noexcept;
std::string_view to_string(Stage stage) noexcept;

}  // namespace claimferry
