// `claimferry top` as an operator has it: on a terminal of its own (by util-linux' script), in a
// pipe, and beside a Redis that goes away.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Top : public testing::Test {
 protected:
  void SetUp() override {
    fleet.start_all_but_workers();
    fleet.start_worker("worker");
    fleet.add_members(3, 5);
    ASSERT_TRUE(fleet.wait_until_synced(3, 60s)) << fleet.logs();
  }
  // What a terminal got, and the exit status behind it.
  Output on_terminal(const std::string& words, const std::string& keys) {
    const std::string command = binary("claimferry") + " --config " + fleet.config_file() + " " +
                                words + "; echo \"status $?\"; stty -a";
    return run({"env", "TERM=xterm", "script", "-qec", command, "/dev/null"}, keys);
  }

  Fleet fleet;
};

TEST_F(Top, IsABlockALookWhereNobodyCanDraw) {
  const Output out = fleet.cli({"top", "--looks", "2", "--interval", "0.2"});
  EXPECT_EQ(out.status, 0) << out.errors;
  EXPECT_THAT(out.text, HasSubstr("3 active"));
  EXPECT_THAT(out.text, HasSubstr("100.0 % within two days"));
  EXPECT_THAT(out.text, HasSubstr("1 there, 1 of use"));
  EXPECT_THAT(out.text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(out.text, Not(HasSubstr("no scheduler")));
}

TEST_F(Top, QEndsItAndLeavesTheTerminalAsItWas) {
  const Output out = on_terminal("top --interval 60", "q");
  EXPECT_THAT(out.text, HasSubstr("\x1b[?1049h"));
  EXPECT_THAT(out.text, HasSubstr("3 active"));
  EXPECT_THAT(out.text, HasSubstr("\x1b[?25h\x1b[?1049l"));
  EXPECT_THAT(out.text, HasSubstr("status 0"));
  EXPECT_THAT(out.text, HasSubstr(" icanon"));
  EXPECT_THAT(out.text, HasSubstr(" echo "));
}

TEST_F(Top, AnInterruptEndsItLikewise) {
  const std::string pid = fleet.directory() / "top.pid";
  const std::string seen = fleet.directory() / "top.seen";
  const std::string interrupt = "(until grep -qs 'q ends' " + seen + "; do sleep 0.05; done; " +
                                "kill -INT $(cat " + pid + ")) & ";
  const std::string top = "sh -c 'echo $$ > " + pid + "; exec " + binary("claimferry") +
                          " --config " + fleet.config_file() + " top --interval 60'";
  const Output out =
      run({"env", "TERM=xterm", "script", "-qefc", interrupt + top + "; echo \"status $?\"", seen});
  EXPECT_THAT(out.text, HasSubstr("\x1b[?25h\x1b[?1049l"));
  EXPECT_THAT(out.text, HasSubstr("status 0"));
}

TEST_F(Top, CtrlZGivesTheTerminalBackUntilItIsBroughtToTheFront) {
  const std::string pid = fleet.directory() / "top.pid";
  const std::string seen = fleet.directory() / "top.seen";
  const std::string is_stopped = "grep -q '^State:.T' /proc/$(cat " + pid + ")/status";
  const std::string keys = "(until grep -qs 'q ends' " + seen + "; do sleep 0.05; done; " +
                           "kill -TSTP $(cat " + pid + "); until " + is_stopped +
                           "; do sleep 0.05; done; kill -CONT $(cat " + pid + "); while " +
                           is_stopped + "; do sleep 0.05; done; kill -INT $(cat " + pid + ")) & ";
  const std::string top = "sh -c 'echo $$ > " + pid + "; exec " + binary("claimferry") +
                          " --config " + fleet.config_file() + " top --interval 60'";
  const Output out =
      run({"env", "TERM=xterm", "script", "-qefc", keys + top + "; echo \"status $?\"", seen});
  const std::string left = "\x1b[?25h\x1b[?1049l";
  const auto aside = out.text.find(left);
  ASSERT_NE(aside, std::string::npos);
  EXPECT_NE(out.text.find("\x1b[?1049h", aside), std::string::npos) << "it is not back";
  EXPECT_NE(out.text.find(left, aside + 1), std::string::npos);
  EXPECT_THAT(out.text, HasSubstr("status 0"));
}

TEST_F(Top, AUserWithoutTheRightsIsRefusedWithoutAPicture) {
  fleet.redis({"ACL", "SETUSER", "narrow", "on", "nopass", "~cf:{*", "+@all", "-evalsha"});
  write_file(fleet.directory() / "password", "any\n");
  const Output out = fleet.cli({"--set", "redis.username=narrow", "--set",
                                "redis.password_file=" + (fleet.directory() / "password").string(),
                                "top", "--looks", "1"});
  EXPECT_EQ(out.status, 4);
  EXPECT_EQ(out.text, "");
  EXPECT_THAT(out.errors, HasSubstr("which user may what"));
}

TEST_F(Top, IsALineOfJsonALookForPrograms) {
  const Output out = fleet.cli({"top", "--looks", "1", "-o", "json"});
  EXPECT_THAT(out.text, HasSubstr(R"("members":{"active":3)"));
  EXPECT_THAT(out.text, HasSubstr(R"("has_leader":true)"));
}

TEST_F(Top, WhereRedisIsAwayFromTheStartItSaysSo) {
  fleet.stop("redis", SIGKILL);
  const Output out = fleet.cli({"top", "--looks", "1"});
  EXPECT_EQ(out.status, 3);
  EXPECT_EQ(out.text, "");
}

}  // namespace
}  // namespace claimferry::integration
