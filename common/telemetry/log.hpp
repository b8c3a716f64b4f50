// Log: one JSON object a line on standard error. An event has a name that tests and alerts rely on,
// and key=value fields; values are escaped here, once. No formatter exists for secrets or claims.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/telemetry/event.hpp"
#include "common/telemetry/log_level.hpp"

namespace claimferry::telemetry {

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t> value;
};

// {"time":"2026-03-01T12:00:00.000Z","level":"info","program":"worker","event":"job_settled",…}
std::string format_line(WallTime time, LogLevel level, std::string_view program,
                        std::string_view event, std::initializer_list<Field> fields);

class Log {
 public:
  Log(std::string program, LogLevel level);
  ~Log();
  void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields);

 private:
  struct Sink;
  std::string program_;
  LogLevel level_;
  std::unique_ptr<Sink> sink_;
};

// Tells events to the log; what happens per page or request is debug.
class LogObserver final : public Observer {
 public:
  explicit LogObserver(Log& log) : log_(log) {}
  void on(const Event& event) noexcept override;

 private:
  Log& log_;
};

// Tells several observers, in order.
class FanOut final : public Observer {
 public:
  FanOut(std::initializer_list<Observer*> observers) : observers_(observers) {}
  void on(const Event& event) noexcept override {
    for (Observer* observer : observers_) {
      observer->on(event);
    }
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace claimferry::telemetry
