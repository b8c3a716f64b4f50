// LocalTrouble: tells once when Redis or the sink went away and once when it is back, however many
// jobs notice.
#pragma once

#include <string_view>

#include "common/base/failure.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::worker {

class LocalTrouble {
 public:
  LocalTrouble(telemetry::Observer& observer, std::string_view what)
      : observer_(observer), what_(what) {}

  // Answers how often in a row, this time included.
  unsigned begin(const Failure& failure) {
    if (failures_++ == 0) {
      observer_.on(telemetry::LocalTrouble{what_, failure.code, failure.detail, false});
    }
    return failures_;
  }
  void end() {
    if (failures_ > 0) {
      failures_ = 0;
      observer_.on(telemetry::LocalTrouble{what_, "", "", true});
    }
  }

 private:
  telemetry::Observer& observer_;
  std::string_view what_;
  unsigned failures_ = 0;
};

}  // namespace claimferry::worker
