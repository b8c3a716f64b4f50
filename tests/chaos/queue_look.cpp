#include "tests/chaos/queue_look.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace claimferry::chaos {
namespace {

std::pair<std::string, std::string> split(const std::string& line) {
  const auto space = line.find(' ');
  return {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)};
}

unsigned whole(const std::string& text) {
  return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
}

// Each script answers a list, and begins it with this, so that no error passes for an answer.
constexpr const char* first_line = "looked";

}  // namespace

std::vector<std::string> QueueLook::ask(const std::string& script,
                                        const std::vector<std::string>& words) {
  std::vector<std::string> command{
      "EVAL",
      "local root, all = 'cf:{0}', {'looked'} "
      "local function say(text) all[#all + 1] = text end "
      "local function each(names, what) for _, name in ipairs(redis.call('KEYS', names)) do "
      "what(name) end end " +
          script + " return all",
      "0"};
  command.insert(command.end(), words.begin(), words.end());
  std::istringstream answer(fleet_.redis(command));
  std::vector<std::string> lines;
  for (std::string line; std::getline(answer, line);) {
    lines.push_back(line);
  }
  if (lines.empty() || lines.front() != first_line) {
    throw std::runtime_error("Redis could not be asked: " +
                             (lines.empty() ? "no answer" : lines.front()));
  }
  lines.erase(lines.begin());
  return lines;
}

unsigned QueueLook::number(const std::string& script, const std::vector<std::string>& words) {
  return whole(ask(script, words).at(0));
}

long long QueueLook::now_ms() {
  const auto lines =
      ask("local t = redis.call('TIME') "
          "say(string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)))");
  return std::strtoll(lines.at(0).c_str(), nullptr, 10);
}

std::set<std::string> QueueLook::open_refreshes() {
  const auto lines =
      ask("each('cf-tok:{0}:*', function(tokens) "
          "local f = redis.call('HMGET', tokens, 'version', 'intent_sends') "
          "if f[2] then say(string.sub(tokens, 12) .. ' ' .. f[1]) end end)");
  return {lines.begin(), lines.end()};
}

std::vector<std::string> QueueLook::lost_refreshes() {
  // Nothing stands any more where the member consented anew since.
  const auto lines =
      ask("for _, job in ipairs(redis.call('ZRANGE', root .. ':dead', 0, -1)) do "
          "local f = redis.call('HMGET', root .. ':job:' .. job, 'code', 'member') "
          "if f[1] == 'refresh_lost' and f[2] and tonumber(redis.call('HGET', "
          "'cf-tok:{0}:' .. f[2], 'intent_sends') or '0') > 1 then say(f[2]) end end");
  const std::set<std::string> members(lines.begin(), lines.end());
  return {members.begin(), members.end()};
}

std::map<std::string, unsigned> QueueLook::sweeps_since(long long ms) {
  const auto lines =
      ask("for _, job in ipairs(redis.call('ZRANGEBYSCORE', root .. ':done', ARGV[1], '+inf')) do "
          "local f = redis.call('HMGET', root .. ':job:' .. job, 'kind', 'window', 'outcome', "
          "'enqueued_at', 'member') "
          "if f[1] == 'sync' and f[2] == 'sweep' and f[3] == 'done' and "
          "tonumber(f[4]) > tonumber(ARGV[1]) then say(f[5]) end end",
          {std::to_string(ms)});
  std::map<std::string, unsigned> sweeps;
  for (const std::string& member : lines) {
    ++sweeps[member];
  }
  return sweeps;
}

long long QueueLook::last_delayed_ms() {
  const auto lines =
      ask("local last = redis.call('ZRANGE', root .. ':delayed', -1, -1, 'WITHSCORES') "
          "say(string.format('%.0f', last[2] or 0))");
  return std::strtoll(lines.at(0).c_str(), nullptr, 10);
}

std::vector<DeadLetter> QueueLook::dead_letters() {
  std::vector<DeadLetter> letters;
  for (const std::string& line :
       ask("for _, job in ipairs(redis.call('ZRANGE', root .. ':dead', 0, -1)) do "
           "local f = redis.call('HMGET', root .. ':job:' .. job, 'code', 'attempts') "
           "say((f[1] or 'unknown') .. ' ' .. (f[2] or '0')) end")) {
    const auto [code, attempts] = split(line);
    letters.push_back({code, whole(attempts)});
  }
  return letters;
}

unsigned QueueLook::reaped() {
  return number(
      "local sum = 0 each(root .. ':job:*', function(job) "
      "sum = sum + tonumber(redis.call('HGET', job, 'stalls') or '0') end) "
      "say(tostring(sum))");
}

unsigned QueueLook::members_in_state(const std::string& state) {
  return number(
      "local sum = 0 each(root .. ':member:*', function(member) "
      "if redis.call('HGET', member, 'state') == ARGV[1] then sum = sum + 1 end end) "
      "say(tostring(sum))",
      {state});
}

unsigned QueueLook::leases_held() {
  return number("say(tostring(redis.call('ZCARD', root .. ':running')))");
}

}  // namespace claimferry::chaos
