#include <gtest/gtest.h>

#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::world {
namespace {

const std::string counter =
    "#!lua name=counter\n"
    "local calls = 0\n"
    "redis.register_function('count', function() calls = calls + 1 return calls end)\n";

class FunctionLibrariesTest : public ::testing::Test {
 protected:
  Reply count() { return server.execute({"FCALL", "count", "0"}); }
  MemoryRedisServer server{[] { return 0; }};
};

TEST_F(FunctionLibrariesTest, KeepsLibrariesOverARestartButNotWhatTheyRemembered) {
  server.execute({"FUNCTION", "LOAD", counter});
  count();
  EXPECT_EQ(count(), integer(2));
  server.lose_scripts();
  EXPECT_EQ(count(), integer(3));
  server.restart();
  EXPECT_EQ(count(), integer(1));
}

TEST_F(FunctionLibrariesTest, ForgetsLibrariesWithEverythingElse) {
  server.execute({"FUNCTION", "LOAD", counter});
  server.wipe();
  EXPECT_EQ(count().error()->text, "ERR Function not found");
  EXPECT_EQ(server.execute({"FUNCTION", "LOAD", counter}), text("counter"));
}

TEST_F(FunctionLibrariesTest, RunsAnotherTextWhereABugIsPlanted) {
  server.edit_scripts([](std::string code) {
    const auto at = code.find("calls + 1");
    return at == std::string::npos ? code : code.replace(at, 9, "calls + 5");
  });
  server.execute({"FUNCTION", "LOAD", counter});
  EXPECT_EQ(count(), integer(5));
  server.restart();
  EXPECT_EQ(count(), integer(5));
  const Reply listed = server.execute({"FUNCTION", "LIST", "WITHCODE"});
  EXPECT_EQ(listed.array()->at(0).array()->back(), text(counter));
}

TEST_F(FunctionLibrariesTest, TellsWhatFunctionsTouched) {
  server.execute({"FUNCTION", "LOAD",
                  "#!lua name=l\nredis.register_function('set', function(keys) "
                  "return redis.call('SET', keys[1], 'v') end)"});
  server.keys().take_touched();
  server.execute({"FCALL", "set", "1", "k"});
  EXPECT_EQ(server.keys().take_touched().keys, (std::set<std::string>{"k"}));
}

}  // namespace
}  // namespace claimferry::world
