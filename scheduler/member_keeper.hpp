// MemberKeeper: while this scheduler leads, keeps Redis and the database of members together. Its
// pace is its own: a database that hangs holds up no planning.
#pragma once

#include <functional>

#include "common/async/alarm.hpp"
#include "common/members/adapter/member_recorder.hpp"
#include "common/telemetry/trouble_report.hpp"

namespace claimferry::scheduler {

class MemberKeeper {
 public:
  // All outlive it.
  MemberKeeper(members::MemberRecorder& recorder, Sleeper& sleeper, telemetry::Observer& observer,
               std::function<bool()> leads)
      : recorder_(recorder),
        sleeper_(sleeper),
        observer_(observer),
        leads_(std::move(leads)),
        trouble_(observer, "members") {}

  awaitable<void> run();  // until stop()
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }

 private:
  // Answers how long to wait before the next.
  awaitable<Duration> look();
  awaitable<Result<members::MemberRecorder::Step>> step();
  void tell_brought(unsigned news, bool more);

  members::MemberRecorder& recorder_;
  Sleeper& sleeper_;
  telemetry::Observer& observer_;
  std::function<bool()> leads_;
  telemetry::TroubleReport trouble_;
  Alarm alarm_;
  bool opened_ = false;
  bool stopping_ = false;
  std::uint64_t brought_ = 0;  // since it was last told
};

}  // namespace claimferry::scheduler
