#include "tests/contract/random_commands.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace claimferry::contract {
namespace {

using Words = std::span<const std::string_view>;

// One letter of a pattern stands for a set of words.
constexpr std::array<std::string_view, 6> keys{"s:1", "h:1", "z:1", "z:2", "l:1", "e:1"};
constexpr std::array<std::string_view, 5> members{"a", "b", "c", "d:ee", ""};
constexpr std::array<std::string_view, 12> scores{
    "0", "1", "-1", "2", "1.5", "0.1", "1e3", "1700000000123", "3e13", "inf", "-inf", "x"};
constexpr std::array<std::string_view, 9> bounds{"-inf", "+inf", "0",    "(1",  "1.5",
                                                 "(0.1", "2",    "(bad", "1e13"};
constexpr std::array<std::string_view, 8> integers{"0", "1", "2", "-1", "-2", "5", "100", "1x"};
constexpr std::array<std::string_view, 5> values{"v", "7", "-3", "", "long value\r\n"};
// None from the clock: ranges print them.
constexpr std::array<std::string_view, 9> ids{"1-1", "2-0", "2", "3-*", "5-7",
                                              "0-0", "x",   "-", "9-"};
constexpr std::array<std::string_view, 11> id_bounds{
    "-", "+", "1", "(1-1", "2-0", "(2", "(5-7", "(0-0", "(-", "3-", "(18446744073709551615"};
constexpr std::array<std::string_view, 8> types{"string", "hash",   "list", "set",
                                                "zset",   "stream", "HASH", "none"};
constexpr std::array<std::string_view, 6> globs{"*", "a", "?", "[a-c]", "d:*", "none"};
constexpr std::array<std::string_view, 5> seconds{"1000", "2000", "3000", "0", "1x"};
// Two times that depend on the clock are not compared by a command: they may differ by a turn.
constexpr std::array<std::string_view, 5> times{"4000000000", "4000000001", "4000000002", "1",
                                                "1x"};
constexpr std::array<std::string_view, 6> conditions{"NX", "XX", "GT", "LT", "gt", "ZZ"};
constexpr std::array<std::string_view, 8> set_options{"NX",      "XX", "GET", "get",
                                                      "KEEPTTL", "EX", "PX",  "ZZ"};

Words words_of(char letter) {
  switch (letter) {
    case 'k':
      return keys;
    case 'm':
      return members;
    case 's':
      return scores;
    case 'b':
      return bounds;
    case 'i':
      return integers;
    case 'v':
      return values;
    case 'd':
      return ids;
    case 'n':
      return id_bounds;
    case 'g':
      return globs;
    case 't':
      return seconds;
    case 'f':
      return times;
    case 'c':
      return conditions;
    case 'o':
      return set_options;
    case 'y':
      return types;
    default:
      return {};
  }
}

// A word that begins with '%' is drawn from a set; Keys of a type
// are named by a letter, so that most commands find what they are for.
constexpr std::array patterns = std::to_array<std::string_view>({
    "GET s:1",
    "SET s:1 %v",
    "SET %k %v",
    "SET s:1 %v NX",
    "SET s:1 %v XX",
    "SET e:1 %v EX 1000",
    "SETNX s:1 %v",
    "INCR s:1",
    "INCRBY s:1 %i",
    "DECR s:1",
    "DEL %k",
    "DEL %k %k",
    "EXISTS %k %k %k",
    "SET s:1 %v GET",
    "SET %k %v NX GET",
    "SET s:1 %v %o",
    "SET e:1 %v %o %o",
    "SET e:1 %v EX %t",
    "SET e:1 %v PX %i EX 5",
    "SET e:1 %v EXAT 99999999999 XX",
    "SET e:1 %v PXAT -5",
    "GETDEL s:1",
    "GETDEL %k",
    "EXPIRE %k 1000",
    "EXPIRE %k %t",
    "EXPIRE %k %t NX",
    "EXPIRE %k %t xx",
    "EXPIRE s:1 9223372036854775807",
    "EXPIREAT %k %f",
    "EXPIREAT %k %f %c",
    "EXPIREAT %k %f %c",
    "EXPIREAT %k %f %c %c",
    "PEXPIREAT s:1 4000000000000",
    "PEXPIRE %k 1000000",
    "TTL %k",
    "PERSIST %k",
    "TYPE %k",
    "HSET h:1 %m %v",
    "HSET h:1 %m %v %m %v",
    "HSET h:1 %m %v %m",
    "HSET %k %m %v",
    "HGET h:1 %m",
    "HGET %k %m",
    "HMGET h:1 %m %m %m",
    "HSETNX h:1 %m %v",
    "HMSET h:1 %m %v",
    "HDEL h:1 %m %m",
    "HEXISTS h:1 %m",
    "HINCRBY h:1 %m %i",
    "HGETALL h:1",
    "HGETALL %k",
    "HLEN h:1",
    "HKEYS h:1",
    "HVALS h:1",
    "HSCAN h:1 0",
    "HSCAN h:1 0 MATCH %g COUNT 100",
    "HSCAN h:1 0 COUNT %i",
    "HSCAN h:1 x",
    "HSCAN h:1 0 TYPE hash",
    "HSCAN %k 0 MATCH %g",
    "SSCAN e:1 0 MATCH %g",
    "SSCAN %k 0 COUNT 100",
    "SSCAN e:1 0 MATCH",
    "ZSCAN z:1 0 MATCH %g",
    "ZSCAN %k 0",
    "SMISMEMBER e:1 %m %m",
    "SMISMEMBER %k %m",
    "SADD e:1 %m %m",
    "SREM e:1 %m",
    "SMEMBERS e:1",
    "SISMEMBER e:1 %m",
    "SCARD e:1",
    "ZADD z:1 %s %m",
    "ZADD z:1 %s %m %s %m",
    "ZADD z:2 NX %s %m",
    "ZADD z:1 XX %s %m",
    "ZADD z:1 GT %s %m",
    "ZADD z:1 LT CH %s %m",
    "ZADD z:1 CH %s %m",
    "ZADD z:1 NX XX %s %m",
    "ZADD z:1 GT LT %s %m",
    "ZADD z:1 XX GT CH %s %m %s %m",
    "ZADD z:1 INCR %s %m",
    "ZADD %k %s %m",
    "ZREM z:1 %m %m",
    "ZSCORE z:1 %m",
    "ZMSCORE z:1 %m %m",
    "ZCARD z:1",
    "ZCOUNT z:1 %b %b",
    "ZRANGE z:1 %i %i",
    "ZRANGE z:1 %i %i WITHSCORES",
    "ZRANGE z:1 %i %i REV",
    "ZRANGE z:1 %b %b BYSCORE",
    "ZRANGE z:1 %b %b BYSCORE REV",
    "ZRANGE z:1 %b %b BYSCORE LIMIT %i %i",
    "ZRANGE z:1 %b %b BYSCORE LIMIT %i %i WITHSCORES",
    "ZRANGE z:1 0 -1 LIMIT 0 1",
    "ZRANGEBYSCORE z:1 %b %b",
    "ZRANGEBYSCORE z:1 %b %b WITHSCORES LIMIT %i %i",
    "ZREVRANGEBYSCORE z:1 %b %b WITHSCORES",
    "ZREVRANGE z:1 %i %i",
    "ZRANK z:1 %m",
    "ZREVRANK z:1 %m",
    "ZPOPMIN z:1",
    "ZPOPMIN z:2 %i",
    "ZPOPMAX z:2",
    "ZINCRBY z:1 %s %m",
    "ZREMRANGEBYSCORE z:1 %b %b",
    "ZREMRANGEBYRANK z:1 %i %i",
    "LPUSH l:1 %v %v",
    "RPUSH l:1 %v",
    "LPUSH %k %v",
    "LPOP l:1",
    "LPOP l:1 %i",
    "RPOP l:1",
    "RPOP l:1 %i",
    "LLEN l:1",
    "LLEN %k",
    "LRANGE l:1 %i %i",
    "LTRIM l:1 %i %i",
    "LREM l:1 %i %v",
    "XADD x:1 * f %v",
    "XADD x:1 MAXLEN 3 * f %v",
    "XADD x:1 * f",
    "XADD %k * f %v",
    "XADD x:1 NOMKSTREAM MAXLEN 2 * f %v",
    "XADD x:2 %d f %v",
    "XADD x:2 %d f %v g %v",
    "XADD x:2 MAXLEN = %i %d f %v",
    "XADD x:2 NOMKSTREAM %d f %v",
    "XADD x:2 NOMKSTREAM MAXLEN 2 %d f %v",
    "XADD x:2 MAXLEN 2 NOMKSTREAM %d f %v",
    "XADD x:2 MAXLEN %d f %v",
    "XADD x:2 nomkstream maxlen ~ 1000 %d f %v",
    "XADD e:1 NOMKSTREAM %d f %v",
    "XRANGE x:2 %n %n",
    "XRANGE x:2 - +",
    "XRANGE x:2 %n %n COUNT %i",
    "XRANGE x:2 - + COUNT",
    "XRANGE x:2 - + LIMIT 1",
    "XRANGE %k - + COUNT 0",
    "XREVRANGE x:2 %n %n",
    "XREVRANGE x:2 + - COUNT %i",
    "XDEL x:2 %d",
    "XDEL x:2 %d %d",
    "XDEL %k 1-1",
    "XTRIM x:2 MAXLEN = %i",
    "XTRIM x:2 MAXLEN ~ 1000",
    "XTRIM x:2 MAXLEN ~",
    "XLEN x:2",
    "DEL x:2",
    "DEL x:2",
    "XLEN x:1",
    "XTRIM x:1 MAXLEN 2",
    "XTRIM x:1 MAXLEN %i",
    "KEYS *",
    "KEYS z:*",
    "SCAN 0 COUNT 1000",
    "SCAN 0 MATCH ?:1 COUNT 1000",
    "SCAN 0 TYPE %y COUNT 1000",
    "SCAN 0 TYPE hash MATCH ?:1 COUNT 1000",
    "SCAN 0 TYPE",
    "SCAN x COUNT 1000",
    "SCAN 0 COUNT 0",
    "PING",
    "PUBLISH %k %v",
    "publish c",
    "PUBLISH c %v %v",
    "GET",
    "GET s:1 s:2",
    "HSET h:1",
    "ZADD z:1 1",
    "ZCARD",
    "LTRIM l:1 0",
    "NOSUCH a b",
});

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

void sort_groups(redis::Reply::Array& all, std::size_t width) {
  std::vector<redis::Reply::Array> groups;
  for (std::size_t at = 0; at + width <= all.size(); at += width) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
    groups.emplace_back(first, first + static_cast<std::ptrdiff_t>(width));
  }
  std::ranges::sort(groups, {}, [](const redis::Reply::Array& group) { return *group[0].text(); });
  all.clear();
  for (const auto& group : groups) {
    all.insert(all.end(), group.begin(), group.end());
  }
}

}  // namespace

redis::Command random_command(Random& random) {
  std::string_view pattern = patterns[random.below(patterns.size())];
  redis::Command command;
  while (!pattern.empty()) {
    const auto space = std::min(pattern.find(' '), pattern.size());
    std::string_view word = pattern.substr(0, space);
    pattern.remove_prefix(std::min(space + 1, pattern.size()));
    if (word.size() == 2 && word[0] == '%') {
      const Words words = words_of(word[1]);
      word = words[random.below(words.size())];
    }
    command.emplace_back(word);
  }
  return command;
}

redis::Reply in_canonical_order(const redis::Command& command, redis::Reply reply) {
  auto* all = std::get_if<redis::Reply::Array>(&reply.value);
  if (all == nullptr) {
    return reply;
  }
  const std::string& name = command[0];
  if (one_of(name, {"HKEYS", "HVALS", "SMEMBERS", "KEYS"})) {
    sort_groups(*all, 1);
  } else if (name == "HGETALL") {
    sort_groups(*all, 2);
  } else if (one_of(name, {"SCAN", "HSCAN", "SSCAN", "ZSCAN"})) {
    const bool in_pairs = one_of(name, {"HSCAN", "ZSCAN"});
    sort_groups(std::get<redis::Reply::Array>(all->at(1).value), in_pairs ? 2 : 1);
  }
  return reply;
}

}  // namespace claimferry::contract
