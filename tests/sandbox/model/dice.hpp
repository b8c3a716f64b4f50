// Seeded chance. A probability of zero draws nothing: turning one fault on does not move another.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"

namespace claimferry::sandbox {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  bool happens(double probability) { return probability > 0 && random_.unit() < probability; }
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_.below(bound); }
  Duration latency(const Latency& latency);

 private:
  double normal();
  SeededRandom random_;
};

// Damages an answer that is otherwise ready, by the faults that concern resources.
void damage(Answer& answer, const Faults& faults, Dice& dice);
// The connection breaks: before the answer, or anywhere inside it.
void break_connection(Answer& answer, bool before_answer, Dice& dice);

}  // namespace claimferry::sandbox
