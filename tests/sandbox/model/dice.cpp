#include "tests/sandbox/model/dice.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace claimferry::sandbox {
namespace {

// The 99th percentile of the standard normal distribution.
constexpr double z99 = 2.3263478740408408;
constexpr double latency_ms_max = 600'000;

}  // namespace

// Box and Muller.
double Dice::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - random_.unit()));
  return radius * std::cos(2 * std::numbers::pi * random_.unit());
}

Duration Dice::latency(const Latency& latency) {
  if (latency.min <= 0 && latency.max <= 0) {
    return Duration::zero();
  }
  const double high = std::max(latency.min, latency.max);
  double milliseconds = latency.min + (high - latency.min) * random_.unit();
  if (latency.p99 > high) {
    const double median = (latency.min + high) / 2;
    milliseconds = median * std::exp(std::log(latency.p99 / median) / z99 * normal());
  }
  return Duration(std::llround(std::min(milliseconds, latency_ms_max)));
}

void break_connection(Answer& answer, bool before_answer, Dice& dice) {
  answer.transport.ending = Transport::Ending::reset;
  answer.transport.head_sent = !before_answer;
  answer.transport.body_bytes_sent = before_answer ? 0 : dice.below(answer.body.size());
}

void damage(Answer& answer, const Faults& faults, Dice& dice) {
  if (dice.happens(faults.malformed_body) && !answer.body.empty()) {
    // A proper prefix of a JSON object is never JSON.
    answer.body.resize(dice.below(answer.body.size()));
  }
  if (dice.happens(faults.truncated_body)) {
    answer.transport.ending = Transport::Ending::close;
    answer.transport.head_sent = true;
    answer.transport.body_bytes_sent = dice.below(answer.body.size());
  } else if (dice.happens(faults.stall)) {
    answer.transport.ending = Transport::Ending::stall;
    answer.transport.head_sent = true;
    answer.transport.body_bytes_sent = answer.body.size() / 2;
    answer.transport.stall = Duration(faults.stall_ms);
  } else if (dice.happens(faults.reset)) {
    break_connection(answer, dice.happens(0.5), dice);
  }
}

}  // namespace claimferry::sandbox
