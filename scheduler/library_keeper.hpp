// LibraryKeeper: while its scheduler leads, keeps the operators' function library loaded in Redis:
// at once, and again should Redis lose it.
#pragma once

#include <functional>

#include "common/async/alarm.hpp"
#include "common/queue/adapter/function_library.hpp"
#include "common/redis/endpoint.hpp"
#include "common/telemetry/trouble_report.hpp"

namespace claimferry::scheduler {

class LibraryKeeper {
 public:
  LibraryKeeper(Executor executor, redis::Endpoint endpoint, Sleeper& sleeper,
                telemetry::Observer& observer, std::function<bool()> leads);

  awaitable<void> run();  // until stop()
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }

 private:
  awaitable<void> look();

  Executor executor_;
  const redis::Endpoint endpoint_;
  Sleeper& sleeper_;
  telemetry::Observer& observer_;
  std::function<bool()> leads_;
  queue::FunctionLibrary library_;
  telemetry::TroubleReport trouble_;
  Alarm alarm_;
  bool stopping_ = false;
  bool newer_told_ = false;
};

}  // namespace claimferry::scheduler
