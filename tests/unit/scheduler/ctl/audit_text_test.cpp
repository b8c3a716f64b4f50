#include "scheduler/ctl/audit_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

Verified sound() {
  audit::VerifyReport report;
  report.segments = 2;
  report.lines = 1;
  report.head = {1, "abc"};
  return {report, "/data/audit", ""};
}

TEST(AuditText, SaysThatAnAuditIsSound) {
  EXPECT_EQ(verified_lines(sound()), "the audit is sound: 1 line in 2 segments\n");
  EXPECT_EQ(verified_json(sound()),
            R"({"sound":true,"segments":2,"lines":1,"head":{"seq":1,"hash":"abc"},)"
            R"("compared_with_redis":true,"flaws":[],"flaws_in_all":0})");
}

TEST(AuditText, SaysWhereItIsNotAndHowMuchMoreThereIs) {
  Verified found = sound();
  found.report.flaws = {{"audit-2026-11.jsonl", 7, "was changed"}};
  found.report.flaws_in_all = 3;
  const std::string text = verified_lines(found);
  EXPECT_THAT(text, HasSubstr("/data/audit/audit-2026-11.jsonl:7: was changed\n"));
  EXPECT_THAT(text, HasSubstr("and 2 more flaws\n"));
  EXPECT_THAT(text, HasSubstr("TAMPERED"));
  EXPECT_THAT(verified_json(found), HasSubstr(R"("line":7,"what":"was changed"})"));
}

TEST(AuditText, SaysWhatCouldNotBeCompared) {
  Verified alone = sound();
  alone.redis_away = "Redis is away";
  EXPECT_THAT(verified_lines(alone), HasSubstr("not compared with Redis"));
  EXPECT_THAT(verified_json(alone), HasSubstr(R"("compared_with_redis":false)"));
}

}  // namespace
}  // namespace claimferry::ctl
