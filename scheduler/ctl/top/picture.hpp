// Picture: what `claimferry top` shows, as lines of text for a screen of some width. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/snapshot.hpp"

namespace claimferry::ctl {

// One look at the fleet.
struct Look {
  WallTime at;
  queue::QueueStats stats;
  telemetry::RedisSnapshot redis;
  std::uint64_t desired_workers = 1;
  std::optional<double> drain_seconds;  // nothing: not known yet
  double jobs_a_second = 0;             // ended lately
  std::vector<std::string> dead;        // the youngest kinds of dead letters, a line each
  std::string trouble;                  // Redis away: why; then the rest is of an earlier look
};

enum class Paint : std::uint8_t { none, colours };

// The screen's lines, none longer than `width` columns; the most important first, so that a short
// screen may leave out the last ones.
std::vector<std::string> draw(const Look& look, unsigned width, Paint paint);

// The same as one JSON object.
std::string look_json(const Look& look);

// "4 s", "12 min", "3 h", "2 d": for a person.
std::string span_text(double seconds);

}  // namespace claimferry::ctl
