#include "scheduler/ctl/console_call.hpp"

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using Words = std::vector<std::string>;

TEST(ConsoleCall, IsACallOfTheFunctionWithTheRoot) {
  const ConsoleCall call{"cf_pause", {"lane:backfill", "for=2h"}, ""};
  EXPECT_EQ(as_command(call),
            (Words{"FCALL", "cf_pause", "1", "cf:{0}", "lane:backfill", "for=2h"}));
  EXPECT_EQ(as_redis_cli(call), "redis-cli -e FCALL cf_pause 1 'cf:{0}' lane:backfill for=2h");
}

TEST(ConsoleCall, LinesComeLastAndFromStandardInput) {
  const ConsoleCall call{"cf_backfill_many", {"since=2023-01-01"}, "M1\nM2\n"};
  EXPECT_EQ(as_command(call).back(), "M1\nM2\n");
  EXPECT_EQ(as_redis_cli(call),
            "redis-cli -e -x FCALL cf_backfill_many 1 'cf:{0}' since=2023-01-01");
}

TEST(ConsoleCall, QuotesForAShellWhatIsNotPlain) {
  const ConsoleCall call{"cf_pause", {"all", "reason=it's late; rm -rf $HOME", ""}, ""};
  EXPECT_EQ(as_redis_cli(call),
            "redis-cli -e FCALL cf_pause 1 'cf:{0}' all 'reason=it'\\''s late; rm -rf $HOME' ''");
}

TEST(ConsoleCall, AnAnswerIsTextOrLines) {
  EXPECT_EQ(as_text(redis::Reply{std::string("OK 1")}), "OK 1");
  EXPECT_EQ(as_text(redis::Reply{std::int64_t{7}}), "7");
  redis::Reply::Array lines{redis::Reply{std::string("A  B")}, redis::Reply{std::string("1  2")}};
  EXPECT_EQ(as_text(redis::Reply{std::move(lines)}), "A  B\n1  2");
  EXPECT_EQ(as_text(redis::Reply{}), "");
}

}  // namespace
}  // namespace claimferry::ctl
