#include "common/telemetry/log.hpp"

#include <gtest/gtest.h>

namespace claimferry::telemetry {
namespace {

using namespace std::chrono;

constexpr WallTime noon = sys_days{2026y / March / 1} + 12h + 5ms;

TEST(Log, WritesOneJsonObjectALine) {
  EXPECT_EQ(format_line(noon, LogLevel::info, "worker", "job_settled",
                        {{"job", "j1"}, {"took_ms", std::int64_t{-7}}}),
            R"({"time":"2026-03-01T12:00:00.005Z","level":"info","program":"worker",)"
            R"("event":"job_settled","job":"j1","took_ms":-7})");
}

TEST(Log, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(format_line(noon, LogLevel::error, "w", "e", {{"k", "a\"b\\c\nd\x01"}}),
            R"({"time":"2026-03-01T12:00:00.005Z","level":"error","program":"w","event":"e",)"
            R"("k":"a\"b\\c\u000ad\u0001"})");
}

TEST(Log, KnowsItsLevelsByName) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

TEST(LogObserver, TellsEventsByTheirContractsNames) {
  ::testing::internal::CaptureStderr();
  {
    Log log("worker", LogLevel::info);
    LogObserver observer(log);
    const JobId job = *JobId::parse("j1");
    observer.on(JobSettled{job, "sync", "dead", "eob", "http_500", "what", Duration(1)});
    observer.on(LeaseLost{job});
    observer.on(JobClaimed{job, "sync", "urgent", Duration(1)});  // debug: not shown
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find(R"("level":"warning","program":"worker","event":"job_settled")"),
            std::string::npos);
  EXPECT_NE(text.find(R"("event":"lease_lost","job":"j1")"), std::string::npos);
  EXPECT_EQ(text.find("job_claimed"), std::string::npos);
}

}  // namespace
}  // namespace claimferry::telemetry
