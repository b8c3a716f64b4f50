#include "tests/sandbox/model/dice.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace claimferry::sandbox {
namespace {

// The 99th percentile of the standard normal distribution.
constexpr double z99 = 2.3263478740408408;
constexpr double latency_ms_max = 600'000;
constexpr double p99_alone_over_median = 10;

constexpr std::uint64_t knob_stride = 0xd1b54a32d192ed03;
constexpr std::uint64_t request_stride = 0xaef17502108ef2d9;
constexpr std::uint64_t draw_stride = 0x2545f4914f6cdd1d;

// Box and Muller.
double normal(SeededRandom& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return radius * std::cos(2 * std::numbers::pi * random.unit());
}

}  // namespace

SeededRandom Dice::draw(Knob knob, unsigned which) const {
  SeededRandom of_knob(seed_ + (static_cast<std::uint64_t>(knob) + 1) * knob_stride);
  SeededRandom of_request(of_knob.next() + request_ * request_stride);
  return SeededRandom(of_request.next() + which * draw_stride);
}

Duration Dice::latency(const Latency& latency) const {
  if (latency.min <= 0 && latency.max <= 0 && latency.p99 <= 0) {
    return Duration::zero();
  }
  SeededRandom random = draw(Knob::latency, 0);
  const double high = std::max(latency.min, latency.max);
  double milliseconds = latency.min + (high - latency.min) * random.unit();
  if (latency.p99 > high) {
    const double median = high > 0 ? (latency.min + high) / 2 : latency.p99 / p99_alone_over_median;
    milliseconds = median * std::exp(std::log(latency.p99 / median) / z99 * normal(random));
  }
  return Duration(std::llround(std::min(milliseconds, latency_ms_max)));
}

DamageOdds damage_of_resources(const Faults& faults) {
  return {faults.reset, faults.truncated_body, faults.malformed_body, faults.stall,
          Duration(faults.stall_ms)};
}

DamageOdds damage_of_tokens(const Faults& faults) {
  return {faults.token.reset, faults.token.truncated_body, faults.token.malformed_body,
          faults.token.stall, Duration(faults.stall_ms)};
}

void break_connection(Answer& answer, bool before_answer, const Dice& dice) {
  answer.transport.ending = Transport::Ending::reset;
  answer.transport.head_sent = !before_answer;
  answer.transport.body_bytes_sent =
      before_answer ? 0 : dice.below(Knob::reset, answer.body.size());
}

void damage(Answer& answer, const DamageOdds& odds, const Dice& dice) {
  if (dice.happens(Knob::malformed_body, odds.malformed_body) && !answer.body.empty()) {
    // A proper prefix of a JSON object is never JSON.
    answer.body.resize(dice.below(Knob::malformed_body, answer.body.size()));
    answer.bundle = false;
  }
  if (dice.happens(Knob::truncated_body, odds.truncated_body)) {
    answer.transport.ending = Transport::Ending::close;
    answer.transport.head_sent = true;
    answer.transport.body_bytes_sent = dice.below(Knob::truncated_body, answer.body.size());
  } else if (dice.happens(Knob::stall, odds.stall)) {
    answer.transport.ending = Transport::Ending::stall;
    answer.transport.head_sent = true;
    answer.transport.body_bytes_sent = answer.body.size() / 2;
    answer.transport.stall = odds.stall_lasts;
  } else if (dice.happens(Knob::reset, odds.reset)) {
    break_connection(answer, dice.below(Knob::reset, 2, 2) == 0, dice);
  }
}

}  // namespace claimferry::sandbox
