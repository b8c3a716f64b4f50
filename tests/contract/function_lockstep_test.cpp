// Function libraries in the in-memory Redis and in a real one: the same libraries loaded into both,
// every answer compared.
#include <algorithm>

#include "tests/contract/keyspace_lockstep.hpp"
#include "tests/contract/random_fragments.hpp"

namespace claimferry::contract {
namespace {

const std::string header = "#!lua name=lib\n";

std::string function_of(const std::string& body, const std::string& flags = "") {
  return header + "redis.register_function{function_name='f', callback=function(keys, args)\n" +
         body + "\nend, flags={" + flags + "}}";
}

// Redis lists libraries and functions in no order.
Reply with_sorted_lists(Reply reply) {
  if (auto* items = std::get_if<Reply::Array>(&reply.value)) {
    for (Reply& item : *items) {
      item = with_sorted_lists(std::move(item));
    }
    const bool all_are_lists =
        std::ranges::all_of(*items, [](const Reply& item) { return item.array() != nullptr; });
    if (all_are_lists) {
      std::ranges::sort(*items, {}, [](const Reply& item) { return printed(item); });
    }
  }
  return reply;
}

class FunctionLockstep : public KeyspaceLockstep {
 protected:
  Reply same(const redis::Command& command) {
    const Reply real = without_places(ask_real(command));
    Reply memory = without_places(memory_.execute(command));
    EXPECT_EQ(printed(memory), printed(real)) << printed(command);
    return memory;
  }
  void same_list(const redis::Command& command) {
    EXPECT_EQ(printed(with_sorted_lists(memory_.execute(command))),
              printed(with_sorted_lists(ask_real(command))))
        << printed(command);
  }
  void load(const std::string& code) {
    EXPECT_EQ(same({"FUNCTION", "LOAD", "REPLACE", code}), world::text("lib")) << code;
  }
  void same_of(const std::string& body) {
    SCOPED_TRACE(body);
    load(function_of(body));
    same({"FCALL", "f", "1", "s:1", "first", "2"});
  }
};

TEST_F(FunctionLockstep, GivesKeysAndArgumentsAndRemembersUpvalues) {
  load(header +
       "local calls = 0\n"
       "local function count() calls = calls + 1 return calls end\n"
       "redis.register_function('f', function(keys, args) return {count(), keys, args} end)\n"
       "redis.register_function{function_name='g', description='counts', flags={'no-writes'},\n"
       "  callback=function() return count() end}\n");
  same({"FCALL", "f", "2", "a", "b", "c"});
  same({"FCALL", "F", "0"});
  same({"FCALL_RO", "g", "0"});
  EXPECT_EQ(same({"fcall", "g", "0", "x"}), world::integer(4));
  same({"FCALL_RO", "f", "0"});
}

TEST_F(FunctionLockstep, ConvertsWhatFunctionsReturn) {
  for (const char* body : {"return 1.9",
                           "return",
                           "return nil",
                           "return true",
                           "return false",
                           "return {ok='FINE'}",
                           "return {err='BAD x'}",
                           "return {err=5}",
                           "return redis.error_reply('BAD x')",
                           "return redis.error_reply('BAD')",
                           "return redis.error_reply('-BAD x')",
                           "return redis.error_reply()",
                           "return redis.error_reply('a', 'b')",
                           "return redis.status_reply('x')",
                           "return redis.status_reply(5)",
                           "return {1, nil, 3}",
                           "return {1, {2, {ok='A'}, {err='B c'}, {}}, false, 'x'}",
                           "return {keys, args}",
                           "return function() end",
                           "return 'a\\0b'",
                           "return 1700000000123456",
                           "return redis.REDIS_VERSION_NUM",
                           "return redis.sha1hex('a')",
                           "return redis.sha1hex()"}) {
    same_of(body);
  }
}

TEST_F(FunctionLockstep, CallsCommandsAsRedisDoes) {
  same({"SET", "s:1", "7"});
  for (const char* body :
       {"return redis.call('GET', keys[1])",
        "return redis.call('SET', keys[1], args[1])",
        "return redis.call('SET', keys[1], 'v', 'GET')",
        "return redis.call('TYPE', keys[1])",
        "return redis.call('SET', keys[1], 'v', 'GET').ok",
        "return redis.call('GET', 'no') == false",
        "return redis.call('HGET', keys[1], 'f')",
        "return redis.pcall('HGET', keys[1], 'f')",
        "return redis.pcall('HGET', keys[1], 'f').err",
        "return redis.call()",
        "return redis.call('NOSUCH')",
        "return redis.call('GET')",
        "return redis.call('GET', {})",
        "return redis.call('CONFIG', 'GET', 'x')",
        "return redis.call('BLPOP', 'l', '0')",
        "local ok, e = pcall(redis.call, 'HGET', keys[1], 'f') return {tostring(ok), e}",
        "local ok, e = pcall(error, {err='BAD x'}) return {type(e), e}",
        "local ok, e = pcall(error, {a='x'}) return {type(e), e.a}",
        "local ok, e = pcall(error) return {tostring(ok), type(e)}",
        "redis.call('ZADD', 'z:1', 1.5, 'a') return redis.call('ZSCORE', 'z:1', 'a')",
        "redis.call('LPUSH', 'l:1', args[1], 12) return redis.call('LRANGE', 'l:1', 0, -1)",
        "redis.x = 1",
        "return redis.call('PUBLISH', 'c', args[1])",
        "return redis.call('PUBLISH', 'c')",
        "return redis.pcall('PUBLISH', 'c', {})",
        "return redis.log(1)",
        "return redis.log(redis.LOG_NOTICE, 'x')"}) {
    same_of(body);
  }
}

TEST_F(FunctionLockstep, SaysWhatAFunctionThrew) {
  for (const char* body :
       {"error('thrown')", "error({err='BAD thrown'})", "error(12)", "error()", "error(false)",
        "leaked = 1", "return missing", "return KEYS", "return ARGV[1]", "return os.clock()",
        "return keys.b.c", "return 'a' + 1", "return redis.register_function('x', error)",
        "return redis.missing == nil", "return getfenv", "_G.leaked = 1",
        "return (function() return keys.b.c end)()"}) {
    same_of(body);
  }
}

TEST_F(FunctionLockstep, LetsReadersOnlyRead) {
  same({"SET", "s:1", "7"});
  for (const char* body :
       {"return redis.call('SET', keys[1], 'x')", "return redis.pcall('DEL', keys[1])",
        "return redis.call('SET', keys[1])", "return redis.call('GET', keys[1])",
        "return redis.call('HSET', keys[1], 'f', 'v')", "return redis.call('PING')",
        "return redis.call('PUBLISH', 'c', 'x')", "return redis.pcall('PUBLISH', 'c', 'x')",
        "return redis.call('XRANGE', 'x:1', '-', '+')"}) {
    SCOPED_TRACE(body);
    load(function_of(body, "'no-writes'"));
    same({"FCALL", "f", "1", "s:1"});
    same({"FCALL_RO", "f", "1", "s:1"});
    load(function_of(body));
    same({"FCALL_RO", "f", "1", "s:1"});
  }
  same({"GET", "s:1"});
}

TEST_F(FunctionLockstep, RefusesLibrariesInTheSameWords) {
  const std::string callback = "callback=function() end";
  const std::string cases[] = {
      "x =",
      "",
      "local a = 1",
      "error('x')",
      "redis.call('GET', 'x')",
      "redis.pcall('GET', 'x')",
      "local floor = math.floor",
      "local t = setmetatable({}, {})",
      "leaked = 1",
      "redis.x = 1",
      "return missing",
      "return redis.missing",
      "local t = {} return t.a.b",
      "redis.log(redis.LOG_WARNING)",
      "redis.register_function('f')",
      "redis.register_function()",
      "redis.register_function('f', function() end, 3)",
      "redis.register_function('f', 1)",
      "redis.register_function({}, function() end)",
      "redis.register_function{}",
      "redis.register_function('f-1', function() end)",
      "redis.register_function('', function() end)",
      "redis.register_function{function_name='f'}",
      "redis.register_function{" + callback + "}",
      "redis.register_function{function_name={}, " + callback + "}",
      "redis.register_function{function_name='f', callback=1}",
      "redis.register_function{function_name='f', x=1, " + callback + "}",
      "redis.register_function{function_name='f', flags={'bad'}, " + callback + "}",
      "redis.register_function{function_name='f', flags={1}, " + callback + "}",
      "redis.register_function{function_name='f', flags='no-writes', " + callback + "}",
      "redis.register_function{function_name='f', description={}, " + callback + "}",
      "redis.register_function{'f', function() end}",
      "for i = 1, 2 do redis.register_function('f', function() end) end"};
  load(function_of("return 'old'"));
  for (const std::string& body : cases) {
    const Reply answer = same({"FUNCTION", "LOAD", "REPLACE", header + body});
    EXPECT_NE(answer.error(), nullptr) << body;
  }
  EXPECT_EQ(same({"FCALL", "f", "0"}), world::text("old"));
}

TEST_F(FunctionLockstep, TakesTheSameForms) {
  const std::string end = ", callback=function() return 'called' end}";
  const std::string cases[] = {
      "redis.register_function(1, function() return 'called' end)",
      "redis.register_function{function_name=1" + end,
      "redis.register_function{Function_Name='1', DESCRIPTION=5" + end,
      "redis.register_function{function_name='1', flags={'NO-WRITES', 'allow-stale'}" + end,
      "redis.register_function{function_name='1', flags={a='no-writes'}" + end,
      "redis.register_function{function_name='1', flags={'allow-oom', 'no-writes'}" + end,
      "redis.log(redis.LOG_DEBUG, 'x') redis.register_function('1', function() return "
      "('x'):upper() "
      "end) return 5"};
  for (const std::string& body : cases) {
    SCOPED_TRACE(body);
    load(header + body);
    same({"FUNCTION", "LIST"});
    same({"FCALL", "1", "0"});
    same({"FCALL_RO", "1", "0"});
  }
}

TEST_F(FunctionLockstep, ReadsTheFirstLineAsRedisDoes) {
  const std::string body = "\nredis.register_function('f', function() end)";
  for (const char* line :
       {"redis.x()", "#!lua", "#!lua name=", "#!lua name=a name=b", "#!lua name=a-b",
        "#!lua x=y name=a", "#!js name=a", "#!", "#! lua name=a", "#!lua  name=lib ",
        "#!LUA name=lib", "#!lua NAME=lib", "#!lua name=lib\r", "#!lua name=lib zz"}) {
    same({"FUNCTION", "LOAD", line + body});
    same({"FUNCTION", "LOAD", line});
    same_list({"FUNCTION", "LIST", "WITHCODE"});
    same({"FUNCTION", "FLUSH"});
  }
}

TEST_F(FunctionLockstep, KeepsLibrariesApart) {
  const auto library = [](const std::string& name, const std::string& function) {
    return "#!lua name=" + name + "\nredis.register_function('" + function +
           "', function() return '" + name + "' end)";
  };
  same({"FUNCTION", "LOAD", library("a", "one")});
  same({"FUNCTION", "LOAD", library("a", "one")});
  same({"FUNCTION", "LOAD", library("b", "ONE")});
  same({"FUNCTION", "LOAD", library("b", "two")});
  same({"FUNCTION", "LOAD", "REPLACE", library("a", "two")});
  same({"FCALL", "one", "0"});
  same({"FUNCTION", "LOAD", "replace", library("a", "three")});
  same({"FCALL", "one", "0"});
  same({"FCALL", "three", "0"});
  for (const redis::Command& list : {redis::Command{"FUNCTION", "LIST"},
                                     {"function", "list", "withcode"},
                                     {"FUNCTION", "LIST", "LIBRARYNAME", "A*", "WITHCODE"},
                                     {"FUNCTION", "LIST", "LIBRARYNAME", "none"},
                                     {"FUNCTION", "LIST", "LIBRARYNAME"},
                                     {"FUNCTION", "LIST", "WITHCODE", "WITHCODE"},
                                     {"FUNCTION", "LIST", "x"}}) {
    same_list(list);
  }
  same({"FLUSHALL"});
  same({"SCRIPT", "FLUSH"});
  same({"FCALL", "three", "0"});
  same({"FUNCTION", "DELETE", "A"});
  same({"FUNCTION", "DELETE", "a"});
  same({"FCALL", "three", "0"});
  same({"FCALL", "two", "0"});
  same({"FUNCTION", "FLUSH"});
  same({"FCALL", "two", "0"});
  same_list({"FUNCTION", "LIST"});
}

TEST_F(FunctionLockstep, AnswersMalformedCommandsAlike) {
  load(function_of("return {keys, args}"));
  for (const redis::Command& command : {redis::Command{"FUNCTION"},
                                        {"FUNCTION", "LOAD"},
                                        {"FUNCTION", "LOAD", "REPLACE"},
                                        {"FUNCTION", "LOAD", "x", "y"},
                                        {"FUNCTION", "NOPE"},
                                        {"FUNCTION", "DELETE"},
                                        {"FUNCTION", "DELETE", "none"},
                                        {"FUNCTION", "DELETE", "a", "b"},
                                        {"FUNCTION", "FLUSH", "x"},
                                        {"FUNCTION", "FLUSH", "ASYNC", "x"},
                                        {"FCALL"},
                                        {"FCALL", "f"},
                                        {"FCALL", "none", "0"},
                                        {"FCALL", "none", "x"},
                                        {"FCALL", "f", "x"},
                                        {"FCALL", "f", "-1"},
                                        {"FCALL", "f", "2", "a"},
                                        {"FCALL", "f", "1", "a"},
                                        {"FCALL_RO", "f"},
                                        {"FCALL_RO", "none", "0"},
                                        {"EVAL", "return 1", "x"},
                                        {"EVAL", "return 1", "-1"},
                                        {"EVAL", "return 1", "2", "a"},
                                        {"FUNCTION", "FLUSH", "async"}}) {
    same(command);
  }
}

}  // namespace
}  // namespace claimferry::contract
