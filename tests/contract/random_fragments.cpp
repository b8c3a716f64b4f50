#include "tests/contract/random_fragments.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace claimferry::contract {
namespace {

constexpr unsigned depth_max = 3;

constexpr auto literals = std::to_array<std::string_view>({"0",
                                                           "1",
                                                           "-1",
                                                           "3.7",
                                                           "-2.5",
                                                           "1e3",
                                                           "2147483648",
                                                           "1700000000123456",
                                                           "9007199254740993",
                                                           "'text'",
                                                           "''",
                                                           "'12'",
                                                           "'-7.5'",
                                                           "'a\\0b'",
                                                           "'lines\\r\\nof it\\n'",
                                                           "true",
                                                           "false",
                                                           "nil",
                                                           "KEYS[1]",
                                                           "ARGV[1]",
                                                           "ARGV[2]",
                                                           "ARGV[9]",
                                                           "#ARGV",
                                                           "redis.status_reply('FINE')",
                                                           "redis.error_reply('BAD thing')",
                                                           "{ok='FINE'}",
                                                           "{err='BAD thing'}",
                                                           "{}",
                                                           "{1, nil, 3}"});

// Mostly what the queue's scripts say; some of a wrong type, some malformed.
constexpr auto commands = std::to_array<std::string_view>({"'GET', 's:1'",
                                                           "'SET', 's:1', %",
                                                           "'INCR', 's:1'",
                                                           "'HSET', 'h:1', 'f', %",
                                                           "'HGET', 'h:1', 'f'",
                                                           "'HMGET', 'h:1', 'f', 'none'",
                                                           "'HINCRBY', 'h:1', 'n', 2",
                                                           "'HEXISTS', 'h:1', 'f'",
                                                           "'HDEL', 'h:1', 'f'",
                                                           "'ZADD', 'z:1', 1.5, 'a'",
                                                           "'ZADD', 'z:1', %, 'b'",
                                                           "'ZSCORE', 'z:1', 'a'",
                                                           "'ZRANGE', 'z:1', 0, -1, 'WITHSCORES'",
                                                           "'ZRANGE', 'z:1', 0, 0",
                                                           "'ZCARD', 'z:1'",
                                                           "'ZPOPMIN', 'z:1'",
                                                           "'LPUSH', 'l:1', %",
                                                           "'LRANGE', 'l:1', 0, -1",
                                                           "'TYPE', 'h:1'",
                                                           "'EXISTS', 's:1'",
                                                           "'DEL', 's:1'",
                                                           "'GET', 'h:1'",
                                                           "'ZCARD', 'h:1'",
                                                           "'PING'",
                                                           "'PUBLISH', 'c', %",
                                                           "'GET'",
                                                           "'NOSUCH', 'x'",
                                                           "%"});

// What takes one value.
constexpr auto wrappers = std::to_array<std::string_view>(
    {"type(%)", "tostring(type(%))", "{%}", "{%, 2}", "{'a', %, 'z'}", "{{%}}", "not %", "% == nil",
     "% == false", "tonumber(tostring(1.25))", "string.format('%.0f', 1700000000123456)",
     "math.floor(7.9)", "select('#', %)", "(% or 'instead')", "#'four'"});

// Never a thrown table without `err`: Redis 7.0 does not survive one.
constexpr auto statements = std::to_array<std::string_view>(
    {"return %",
     "return %",
     "return %",
     "local a = % return a",
     "local a = % return {a, type(a)}",
     "if % then return 1 else return 2 end",
     "local ok, a = pcall(function() return % end) return a",
     "return nosuch",
     "return redis.error_reply(%)",
     "return redis.status_reply(%)",
     "return redis.sha1hex()",
     "local t = {} t[1] = % return t",
     "for i = 1, 3 do local a = % if a then return {i, a} end end return 'none'",
     "error('thrown')",
     "error(12)",
     "error(false)",
     "error()",
     "error({err='BAD thrown'})",
     "local ok, a = pcall(function() return % end) return {ok and 1 or 0}",
     "leaked = 1 return 1",
     "local a = % return a.b.c",
     "return % ..  'x'",
     "return 1 +"});

template <std::size_t size>
std::string_view one_of(const std::array<std::string_view, size>& all, Random& random) {
  return all[random.below(size)];
}

std::string value(Random& random, unsigned depth);

// Puts a value where a pattern has a lonely '%'; "%.0f" stays.
std::string filled(std::string_view pattern, Random& random, unsigned depth) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool is_place = pattern[at] == '%' && pattern.substr(at, 2) != "%.";
    text += is_place ? value(random, depth + 1) : std::string(1, pattern[at]);
  }
  return text;
}

std::string value(Random& random, unsigned depth) {
  const auto dice = depth >= depth_max ? 0 : random.below(10);
  if (dice < 4) {
    return std::string(one_of(literals, random));
  }
  if (dice < 8) {
    const std::string call = random.below(3) == 0 ? "redis.pcall(" : "redis.call(";
    return call + filled(one_of(commands, random), random, depth) + ")";
  }
  return filled(one_of(wrappers, random), random, depth);
}

std::string without_place(const std::string& text) {
  // Redis 7: "… script: <sha1>, on @user_script:1."
  return text.substr(0, text.find(" script: "));
}

}  // namespace

redis::Command random_fragment(Random& random) {
  return {"EVAL", filled(one_of(statements, random), random, 0), "1", "s:1", "first", "2"};
}

redis::Reply without_places(redis::Reply reply) {
  if (const redis::Error* error = reply.error()) {
    return redis::Reply{redis::Error{without_place(error->text)}};
  }
  if (auto* items = std::get_if<redis::Reply::Array>(&reply.value)) {
    for (redis::Reply& item : *items) {
      item = without_places(std::move(item));
    }
  }
  return reply;
}

}  // namespace claimferry::contract
