#include "scheduler/ctl/doctor/redis_rights.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace claimferry::ctl {
namespace {

// A test holds each list to the line of its user in deploy/redis/users.acl.
constexpr auto worker_commands = std::to_array<std::string_view>({
    "evalsha 0 1 cf:{0}",
    "eval return 1 cf:{0}",
    "ping",
    "role",
    "select 0",
    "info",
    "scan 0",
    "blpop cf:{0}:wake 0",
    "time",
    "get cf:{0}:a",
    "set cf:{0}:a b",
    "del cf:{0}:a",
    "exists cf:{0}:a",
    "hget cf:{0}:a b",
    "hget cf-tok:{0}:a b",
    "hmget cf:{0}:a b",
    "hgetall cf:{0}:a",
    "hlen cf:{0}:a",
    "hexists cf:{0}:a b",
    "hset cf:{0}:a b c",
    "hset cf-tok:{0}:a b c",
    "hsetnx cf:{0}:a b c",
    "hdel cf:{0}:a b",
    "hincrby cf:{0}:a b 1",
    "zadd cf:{0}:a 1 b",
    "zcard cf:{0}:a",
    "zcount cf:{0}:a 0 1",
    "zpopmin cf:{0}:a",
    "zrange cf:{0}:a 0 1",
    "zrangebyscore cf:{0}:a 0 1",
    "zrem cf:{0}:a b",
    "zscore cf:{0}:a b",
    "llen cf:{0}:a",
    "lpush cf:{0}:a b",
    "sadd cf:{0}:a b",
    "smembers cf:{0}:a",
    "pexpire cf:{0}:a 1",
    "subscribe cf:{0}:quota",
    "publish cf:{0}:quota a",
    "xadd cf:{0}:audit * a b",
    "xadd cf:{0}:commands * a b",
    "xlen cf:{0}:audit",
});

constexpr auto scheduler_commands = std::to_array<std::string_view>({
    "evalsha 0 1 cf:{0}",
    "eval return 1 cf:{0}",
    "ping",
    "role",
    "select 0",
    "info",
    "scan 0",
    "fcall a 1 cf:{0}",
    "fcall_ro a 1 cf:{0}",
    "function list",
    "function load a",
    "function delete a",
    "multi",
    "exec",
    "discard",
    "watch cf:{0}:a",
    "unwatch",
    "time",
    "type cf:{0}:a",
    "exists cf:{0}:a",
    "get cf:{0}:a",
    "set cf:{0}:a b",
    "del cf:{0}:a",
    "del cf-tok:{0}:a",
    "hget cf:{0}:a b",
    "hmget cf:{0}:a b",
    "hgetall cf:{0}:a",
    "hlen cf:{0}:a",
    "hexists cf:{0}:a b",
    "hexists cf-tok:{0}:a b",
    "hset cf:{0}:a b c",
    "hsetnx cf:{0}:a b c",
    "hdel cf:{0}:a b",
    "hincrby cf:{0}:a b 1",
    "zadd cf:{0}:a 1 b",
    "zcard cf:{0}:a",
    "zcount cf:{0}:a 0 1",
    "zrange cf:{0}:a 0 1",
    "zrangebyscore cf:{0}:a 0 1",
    "zrank cf:{0}:a b",
    "zrem cf:{0}:a b",
    "zscore cf:{0}:a b",
    "llen cf:{0}:a",
    "lpush cf:{0}:a b",
    "lpop cf:{0}:a",
    "rpush cf:{0}:a b",
    "lrange cf:{0}:a 0 1",
    "ltrim cf:{0}:a 0 1",
    "sadd cf:{0}:a b",
    "sismember cf:{0}:a b",
    "smembers cf:{0}:a",
    "xadd cf:{0}:a * b c",
    "xdel cf:{0}:a 0-1",
    "xlen cf:{0}:a",
    "xrange cf:{0}:a - +",
    "xinfo stream cf:{0}:a",
    "hscan cf:{0}:a 0",
    "zscan cf:{0}:a 0",
    "renamenx cf:{0}:a cf:{0}:b",
    "persist cf:{0}:a",
    "pttl cf:{0}:a",
    "subscribe cf:{0}:quota",
    "publish cf:{0}:quota a",
});

constexpr auto enroll_commands = std::to_array<std::string_view>({
    "evalsha 0 1 cf:{0}",
    "eval return 1 cf:{0}",
    "ping",
    "role",
    "select 0",
    "info",
    "time",
    "get cf:{0}:a",
    "get cf-enr:{0}:a",
    "set cf:{0}:a b",
    "del cf:{0}:a",
    "exists cf:{0}:a",
    "hget cf:{0}:a b",
    "hmget cf:{0}:a b",
    "hgetall cf:{0}:a",
    "hlen cf:{0}:a",
    "hset cf:{0}:a b c",
    "hset cf-tok:{0}:a b c",
    "hset cf-enr:{0}:a b c",
    "hsetnx cf:{0}:a b c",
    "hdel cf:{0}:a b",
    "hincrby cf:{0}:a b 1",
    "zadd cf:{0}:a 1 b",
    "zcard cf:{0}:a",
    "zcount cf:{0}:a 0 1",
    "zrange cf:{0}:a 0 1",
    "zrem cf:{0}:a b",
    "zscore cf:{0}:a b",
    "llen cf:{0}:a",
    "lpush cf:{0}:a b",
    "sadd cf:{0}:a b",
    "smembers cf:{0}:a",
    "pexpire cf:{0}:a 1",
    "subscribe cf:{0}:quota",
    "publish cf:{0}:quota a",
    "xadd cf:{0}:a * b c",
});

constexpr auto roles = std::to_array<RedisRole>({
    {"claimferry-worker", "a worker", worker_commands},
    {"claimferry-scheduler", "a scheduler", scheduler_commands},
    {"claimferry-enroll", "claimferry-enroll", enroll_commands},
});

constexpr std::string_view take_over = "give it what deploy/redis/users.acl gives its like";

// "blpop", and of keys that are not the queue's own where: "hget of cf-tok:{0}:a".
std::string name_of(std::string_view command) {
  const auto words = words_of(command);
  std::string name = words[0];
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (words[at].starts_with("cf-")) {
      name += " of " + words[at].substr(0, words[at].find(':') + 1) + "*";
    }
  }
  return words[0] == "function" || words[0] == "xinfo" ? name + " " + words[1] : name;
}

std::string names_of(const std::vector<std::string_view>& commands) {
  std::string names;
  for (const std::string_view command : commands) {
    const std::string name = name_of(command);
    if ((", " + names + ", ").find(", " + name + ", ") == std::string::npos) {
      names += (names.empty() ? "" : ", ") + name;
    }
  }
  return names;
}

struct Lacking {
  const RedisRole* role = nullptr;
  std::vector<std::string_view> commands;
};

// The role that the user comes nearest to; of its own name, that one.
Lacking nearest(const std::string& user, const MayRun& may_run) {
  Lacking nearest;
  const auto own = std::ranges::find(roles, std::string_view(user), &RedisRole::user);
  for (const RedisRole& role : roles) {
    if (own != roles.end() && &role != &*own) {
      continue;
    }
    Lacking lacking{&role, {}};
    std::ranges::copy_if(role.commands, std::back_inserter(lacking.commands),
                         [&](std::string_view command) { return may_run(command) == false; });
    if (nearest.role == nullptr || lacking.commands.size() < nearest.commands.size()) {
      nearest = std::move(lacking);
    }
    if (nearest.commands.empty()) {
      break;
    }
  }
  return nearest;
}

}  // namespace

std::span<const RedisRole> redis_roles() {
  return roles;
}

std::vector<std::string> words_of(std::string_view command) {
  std::vector<std::string> words;
  std::istringstream text{std::string(command)};
  for (std::string word; text >> word;) {
    words.push_back(word);
  }
  return words;
}

Finding of_rights(const RightsLook& look, const MayRun& may_run) {
  const std::string link = "Redis rights";
  const std::string name = look.user.empty() ? "default" : look.user;
  const std::string who = "user " + name;
  const bool is_refused =
      !look.stats && look.stats.failure().detail.find("NOPERM") != std::string::npos;
  const auto told = may_run(worker_commands.front());
  const bool runs_scripts = told.value_or(!is_refused);
  if (!runs_scripts && look.calls_functions) {
    return doubtful(link,
                    who +
                        " may call the operators' functions and run none of the queue's scripts "
                        "(EVALSHA): it is an operator's. No program can work as it, nor what "
                        "needs more than functions: claimferry member, keys and fsck, and here "
                        "the look at the fleet",
                    "an operator's user needs no more; a program's needs what "
                    "deploy/redis/users.acl gives it");
  }
  if (!runs_scripts) {
    return bad(link,
               who +
                   " may neither run the queue's scripts (EVALSHA) nor call the operators' "
                   "functions (FCALL)",
               std::string(take_over));
  }
  const Lacking lacking = told ? nearest(name, may_run) : Lacking{};
  if (!lacking.commands.empty()) {
    return bad(link,
               who + " lacks, of what " + std::string(lacking.role->program) +
                   " needs: " + names_of(lacking.commands),
               "give it the line of " + std::string(lacking.role->user) +
                   " in deploy/redis/users.acl, commands, keys and channel");
  }
  // A script answers for its caller's rights at the command inside, and names neither.
  const bool is_about_rights =
      !look.stats && (is_refused || look.stats.failure().detail.find("can't run this command") !=
                                        std::string::npos);
  const bool needs_no_numbers = told && lacking.role->user == "claimferry-enroll";
  if (!look.stats && !(is_about_rights && needs_no_numbers)) {
    return bad(link, who + ": " + look.stats.failure().detail,
               is_about_rights ? std::string(take_over)
                               : "look at what Redis does (redis-cli INFO, SLOWLOG GET) and at "
                                 "its log");
  }
  if (!told) {
    return good(link, who +
                          " may run the queue's scripts; of single commands it may not ask "
                          "(ACL DRYRUN), so that they were not looked at");
  }
  return good(link, who + " may do all that " + std::string(lacking.role->program) + " needs");
}

}  // namespace claimferry::ctl
