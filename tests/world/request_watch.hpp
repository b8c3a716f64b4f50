// RequestWatch: looks at every request that a process of the world starts, and passes all events
// on. The quota's promise, whatever dies, stands still or is lost: never more requests started than
// rate × time + burst + what is leased.
#pragma once

#include <functional>
#include <string>

#include "common/base/limits.hpp"
#include "common/config/config.hpp"
#include "common/telemetry/event.hpp"
#include "tests/world/started_bound.hpp"

namespace claimferry::world {

class RequestWatch final : public telemetry::Observer {
 public:
  // is_bound: false where Redis forgets what it gave, or its clock jumps.
  RequestWatch(const Clock& clock, const config::PayerConfig& payer, bool is_bound,
               telemetry::Observer& next, std::function<void(const std::string&)> fail)
      : clock_(clock), payer_(payer), is_bound_(is_bound), next_(next), fail_(std::move(fail)) {}

  void on(const telemetry::Event& event) noexcept override {
    if (std::holds_alternative<telemetry::RequestStarted>(event) && is_bound_) {
      started();
    }
    next_.on(event);
  }

 private:
  void started() {
    const double rate = payer_.quota_rate;
    // Leased: slots of the next quarter of a second, and those begun within a permit's life.
    constexpr Duration leased_for = std::chrono::milliseconds(250) + limits::permit_life;
    const double leased = rate * std::chrono::duration<double>(leased_for).count() + 1;
    const double level = bound_.started(clock_.steady(), rate);
    if (level > payer_.quota_burst + leased + 1) {
      fail_("quota: " + std::to_string(level) + " requests started above " + std::to_string(rate) +
            " a second");
    }
  }

  const Clock& clock_;
  const config::PayerConfig& payer_;
  const bool is_bound_;
  telemetry::Observer& next_;
  const std::function<void(const std::string&)> fail_;
  StartedBound bound_;
};

}  // namespace claimferry::world
