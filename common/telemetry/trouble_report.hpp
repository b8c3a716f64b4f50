// TroubleReport: tells once when something (Redis, the sink, a step of a loop) went away, and once
// when it is back, however many notice.
#pragma once

#include <string_view>

#include "common/base/failure.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::telemetry {

class TroubleReport {
 public:
  TroubleReport(Observer& observer, std::string_view what) : observer_(observer), what_(what) {}

  // Answers how often in a row, this time included.
  unsigned begin(const Failure& failure) {
    if (failures_++ == 0) {
      observer_.on(LocalTrouble{what_, failure.code, failure.detail, false});
    }
    return failures_;
  }
  void end() {
    if (failures_ > 0) {
      failures_ = 0;
      observer_.on(LocalTrouble{what_, "", "", true});
    }
  }

 private:
  Observer& observer_;
  std::string_view what_;
  unsigned failures_ = 0;
};

}  // namespace claimferry::telemetry
