// Seeded chance, a sequence a knob: what befalls a request is a function of the seed, the knob and
// the request's number, so that turning one fault on or off moves no other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"

namespace claimferry::sandbox {

enum class Knob : std::uint8_t {
  latency,
  status_5xx,
  status_429,
  reset,
  truncated_body,
  malformed_body,
  stall,
  outcome_200,
  duplicate_entries,
  expired_next_links,
  expire_access_tokens,
  drop_token_answer,
  reset_before_token,
  status_5xx_after_token,
  edge_node,
  status_503_retry_after,
  invalid_grant,
  shifted_pages,
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}

  void next_request() noexcept { ++request_; }
  // As if nothing had been asked yet.
  void restart() noexcept { request_ = 0; }

  bool happens(Knob knob, double probability) const {
    return probability > 0 && draw(knob, 0).unit() < probability;
  }
  // A number below bound, 0 when bound is 0; `which` of several that a knob needs for one request.
  std::size_t below(Knob knob, std::size_t bound, unsigned which = 1) const {
    return bound == 0 ? 0 : draw(knob, which).below(bound);
  }
  Duration latency(const Latency& latency) const;

 private:
  SeededRandom draw(Knob knob, unsigned which) const;

  std::uint64_t seed_;
  std::uint64_t request_ = 0;
};

// Probabilities of what the network does to an answer.
struct DamageOdds {
  double reset = 0;
  double truncated_body = 0;
  double malformed_body = 0;
  double stall = 0;
  Duration stall_lasts = Duration::zero();
};
DamageOdds damage_of_resources(const Faults& faults);
DamageOdds damage_of_tokens(const Faults& faults);

// Damages an answer that is otherwise ready.
void damage(Answer& answer, const DamageOdds& odds, const Dice& dice);
// The connection breaks: before the answer, or anywhere inside it.
void break_connection(Answer& answer, bool before_answer, const Dice& dice);

}  // namespace claimferry::sandbox
