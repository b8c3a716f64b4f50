// disposition: what follows from a failure, decided once, purely (DESIGN §10). The only place that
// maps a kind of failure to retry, snooze, dead letter or parking; the queue's scripts carry the
// verdict out.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/backoff.hpp"
#include "common/base/failure.hpp"

namespace claimferry::queue {

enum class Verdict : std::uint8_t {
  done,       // terminal: everything is in the sink
  retry,      // later, an attempt is counted; dead when the budget is spent
  snooze,     // later, nothing counted
  requeue,    // at once, nothing counted (drained)
  dead,       // terminal: dead letter with stage and code
  reconsent,  // terminal: the member is parked until they consent again
  cancelled,  // terminal
  abandon,    // write nothing: the lease is another's
};

std::string_view to_string(Verdict verdict) noexcept;

// What became durable under one lease, for the audit: how much, never what.
struct Pulled {
  std::uint64_t pages = 0;
  std::uint64_t inserted = 0;
  std::uint64_t changed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t rejected = 0;  // set aside, in the quarantine
  std::uint64_t absent = 0;    // marked so by the close
};

struct Settlement {
  Verdict verdict = Verdict::done;
  Duration delay = Duration::zero();  // retry and snooze
  Stage stage = Stage::close;
  std::string code;    // Failure::code; empty when done
  std::string detail;  // Failure::detail, cut to limits::failure_detail_bytes_max
  Pulled pulled = {};
};

struct JobFacts {
  unsigned attempts;  // counted so far, this failure not included
  unsigned snoozes;
  bool breaker_open;  // the payer is known to be down: nothing is the job's fault
  Duration age;       // since the job was enqueued
};

Settlement disposition(const Failure& failure, Stage stage, const JobFacts& facts, Random& random);

}  // namespace claimferry::queue
