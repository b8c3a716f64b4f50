#include "tests/world/keyspace/keyspace.hpp"

#include <gtest/gtest.h>

#include "tests/world/keyspace/lua_engine.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::world {
namespace {

class KeyspaceTest : public ::testing::Test {
 protected:
  Reply lua(const std::string& source, const Arguments& arguments = {}) {
    return engine.run(source, source, {}, arguments);
  }
  std::int64_t now_us = 1'700'000'000'123'456;
  Keyspace keys{[this] { return now_us; }};
  LuaEngine engine{keys};
};

TEST_F(KeyspaceTest, ConvertsLuaValuesAsRedisDoes) {
  EXPECT_EQ(lua("return 3.9"), integer(3));
  EXPECT_EQ(lua("return true"), integer(1));
  EXPECT_EQ(lua("return false"), Reply{});
  EXPECT_EQ(lua("return {1, 'two', nil, 4}").array()->size(), 2U);
  EXPECT_EQ(lua("return redis.status_reply('OK')"), text("OK"));
  EXPECT_EQ(lua("return redis.error_reply('NO reason')").error()->text, "NO reason");
}

TEST_F(KeyspaceTest, GivesNilRepliesToScriptsAsFalse) {
  EXPECT_EQ(lua("return redis.call('GET', 'none') == false"), integer(1));
  EXPECT_EQ(lua("return redis.call('HGET', 'none', 'field') == false"), integer(1));
}

TEST_F(KeyspaceTest, PassesNumbersToCommandsWithoutLosingDigits) {
  EXPECT_EQ(lua("redis.call('SET', 'k', 1700000000123456) return redis.call('GET', 'k')"),
            text("1700000000123456"));
}

TEST_F(KeyspaceTest, StopsAScriptAtAFailedCallUnlessItWasAskedProtected) {
  EXPECT_TRUE(lua("redis.call('SET', 'k', 'v') redis.call('HGET', 'k', 'f') return 1")
                  .error()
                  ->text.starts_with("WRONGTYPE"));
  EXPECT_EQ(lua("redis.call('SET', 'k', 'v') local r = redis.pcall('HGET', 'k', 'f') "
                "return r.err ~= nil"),
            integer(1));
}

TEST_F(KeyspaceTest, RefusesGlobalsAndUnknownCommands) {
  EXPECT_NE(lua("leaked = 1 return 1").error(), nullptr);
  EXPECT_NE(keys.call({"SUBSTR", "k", "0", "1"}).error(), nullptr);
}

TEST_F(KeyspaceTest, ExpiresKeysByItsClock) {
  keys.call({"SET", "k", "v", "PX", "10"});
  EXPECT_EQ(keys.call({"PTTL", "k"}), integer(10));
  now_us += 9'000;
  EXPECT_EQ(keys.call({"GET", "k"}), text("v"));
  now_us += 1'000;
  EXPECT_EQ(keys.call({"GET", "k"}), Reply{});
}

TEST_F(KeyspaceTest, OrdersMembersOfOneScoreByTheirBytes) {
  keys.call({"ZADD", "z", "1", "b", "1", "a", "0.5", "c"});
  EXPECT_EQ(keys.dump(), "z: 63 0.5 61 1 62 1\n");
  EXPECT_EQ(keys.call({"ZPOPMIN", "z"}), (Reply{Reply::Array{text("c"), text("0.5")}}));
}

TEST_F(KeyspaceTest, DropsWhatBecameEmpty) {
  keys.call({"HSET", "h", "f", "v"});
  keys.call({"HDEL", "h", "f"});
  EXPECT_EQ(keys.call({"EXISTS", "h"}), integer(0));
}

TEST(MemoryRedisServer, ForgetsScriptsWhenToldTo) {
  MemoryRedisServer server([] { return 0; });
  const Reply loaded = server.execute({"SCRIPT", "LOAD", "return ARGV[1]"});
  EXPECT_EQ(server.execute({"EVALSHA", *loaded.text(), "0", "x"}), text("x"));
  server.lose_scripts();
  EXPECT_TRUE(
      server.execute({"EVALSHA", *loaded.text(), "0", "x"}).error()->text.starts_with("NOSCRIPT"));
}

TEST(MemoryRedisServer, RunsAnotherTextWhereABugIsPlanted) {
  MemoryRedisServer server([] { return 0; });
  server.edit_scripts([](std::string source) { return source + " + 1"; });
  EXPECT_EQ(server.execute({"EVAL", "return 1", "0"}), integer(2));
  const Reply loaded = server.execute({"SCRIPT", "LOAD", "return 5"});
  EXPECT_EQ(server.execute({"EVALSHA", *loaded.text(), "0"}), integer(6));
}

TEST_F(KeyspaceTest, TellsWhatCommandsTouched) {
  EXPECT_TRUE(keys.take_touched().all);
  keys.call({"GET", "a"});
  EXPECT_TRUE(keys.untouched());
  lua("redis.call('SET', 'a', '1') redis.call('del', 'b', 'c')");
  EXPECT_EQ(keys.take_touched().keys, (std::set<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(keys.untouched());
  keys.restore(keys.save());
  EXPECT_TRUE(keys.take_touched().all);
}

}  // namespace
}  // namespace claimferry::world
