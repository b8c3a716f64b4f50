// What a job is: one unit of work for one member. Words and their text forms, as they stand in
// Redis and in logs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/queue/cursor.hpp"

namespace claimferry::queue {

enum class JobKind : std::uint8_t { sync, backfill, keepalive, erase };
// Order and share of the fleet: urgent (first sync, erase) before routine before backfill.
enum class Lane : std::uint8_t { urgent, routine, backfill };

std::string_view to_string(JobKind kind) noexcept;
std::string_view to_string(Lane lane) noexcept;
std::optional<JobKind> parse_job_kind(std::string_view text) noexcept;
std::optional<Lane> parse_lane(std::string_view text) noexcept;

// The service dates a pull covers. Everything ("sweep") when both ends are open; text forms
// "sweep", "2024-11-24..", "2023-01-01..2023-12-31" (both ends inclusive, as FHIR's ge and le).
struct Window {
  std::optional<std::chrono::sys_days> since;
  std::optional<std::chrono::sys_days> until;

  bool is_sweep() const noexcept { return !since && !until; }
  std::string str() const;
  static std::optional<Window> parse(std::string_view text);
  friend bool operator==(const Window&, const Window&) = default;
};

// Proof of the right to work: every write of a job carries it.
struct JobRef {
  JobId job;
  MemberId member;
  Fence fence;
};

// What a claim hands out: the right to work on a member until `expires`.
struct Lease {
  JobRef ref;
  PayerName payer;
  JobKind kind;
  Lane lane;
  Window window;
  std::optional<Cursor> cursor;  // absent: nothing is durable yet
  WallTime enqueued_at;
  WallTime expires;   // Redis' time
  unsigned attempts;  // failures that were the job's fault, so far
  unsigned stalls;    // leases that ran out, so far
  unsigned snoozes;
};

}  // namespace claimferry::queue
