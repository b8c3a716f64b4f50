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

std::string told(const Event& event) {
  ::testing::internal::CaptureStderr();
  {
    Log log("worker", LogLevel::debug);
    LogObserver(log).on(event);
  }
  return ::testing::internal::GetCapturedStderr();
}

void expect_holds(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
  }
}

TEST(LogObserver, SaysWhatAnEntryWasRejectedForAndWhere) {
  const JobId job = *JobId::parse("j1");
  const PayerName payer = *PayerName::parse("aetna");
  expect_holds(told(EntryRejected{job, payer, "wrong_shape", "/resource/item/3"}),
               {R"("level":"warning")", R"("reason":"wrong_shape","pointer":"/resource/item/3",)",
                R"("detail":"what stands at the pointer)"});
  // Another person's record is an alarm; a payer's remark is none.
  expect_holds(told(EntryRejected{job, payer, "foreign_patient", "/resource/patient"}),
               {R"("level":"error")", "tell the payer at once"});
  expect_holds(told(EntryRejected{job, payer, "operation_outcome"}), {R"("level":"info")"});
  expect_holds(told(EntryRejected{job, payer, "new_one"}),
               {R"("level":"warning")", R"("reason":"new_one")", "quarantine table"});
}

TEST(LogObserver, SaysWhereAHandlerThrewAndWhat) {
  expect_holds(told(HandlerThrew{"enroll", "std::bad_alloc"}),
               {R"("level":"error")", R"("event":"handler_threw")", R"("port":"enroll")",
                R"("type":"std::bad_alloc")"});
}

TEST(LogObserver, SaysWhatToDoAboutTrouble) {
  const JobId job = *JobId::parse("j1");
  const PayerName payer = *PayerName::parse("aetna");
  expect_holds(told(TokenRefreshed{job, payer, "invalid_grant"}),
               {R"("level":"warning")", R"("outcome":"invalid_grant")", "claimferry member add"});
  expect_holds(told(TokenRefreshed{job, payer, "refused"}), {"check client_id"});
  expect_holds(told(TokenRefreshed{job, payer, "refreshed"}), {R"("level":"debug")"});
  expect_holds(told(LeaseLost{job}), {"raise queue.lease"});
  expect_holds(told(WriteFenced{job}), {"a later lease"});
  expect_holds(told(SweepHeld{job, payer, 12}), {R"("level":"error")", R"("missing":12)"});
  expect_holds(told(LocalTrouble{"redis", "redis_away", "no answer", false}),
               {R"("level":"error")", R"("event":"local_trouble","what":"redis")", "no answer"});
  expect_holds(told(AuditLost{3}), {R"("level":"error")", R"("entries":3)", "audit.path"});
  expect_holds(told(AuditTrouble{"disk_full", "no room", false}),
               {R"("level":"error")", R"("event":"audit_trouble","code":"disk_full")", "no room"});
  expect_holds(told(AuditTrouble{"", "", true}),
               {R"("level":"info")", R"("event":"audit_trouble_over")"});
  expect_holds(told(LocalTrouble{"redis", "", "", true}),
               {R"("level":"info")", R"("event":"local_trouble_over")"});
}

}  // namespace
}  // namespace claimferry::telemetry
