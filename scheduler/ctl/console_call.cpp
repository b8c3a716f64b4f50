#include "scheduler/ctl/console_call.hpp"

#include <cstdio>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::ctl {
namespace {

bool is_plain(const std::string& word) {
  constexpr auto plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=:.,/@+";
  return !word.empty() && word.find_first_not_of(plain) == std::string::npos;
}

}  // namespace

std::string quoted(const std::string& word) {
  if (is_plain(word)) {
    return word;
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

std::vector<std::string> as_command(const ConsoleCall& call) {
  std::vector<std::string> command{"FCALL", call.function, "1", std::string(queue::root_key)};
  command.insert(command.end(), call.words.begin(), call.words.end());
  if (!call.lines.empty()) {
    command.push_back(call.lines);
  }
  return command;
}

std::string as_redis_cli(const ConsoleCall& call) {
  std::string line = call.lines.empty() ? "redis-cli -e" : "redis-cli -e -x";
  line += " FCALL " + call.function + " 1 " + quoted(std::string(queue::root_key));
  for (const std::string& word : call.words) {
    line += " " + quoted(word);
  }
  return line;
}

void print_redis_cli(const ConsoleCall& call) {
  std::puts(as_redis_cli(call).c_str());
}

std::string as_text(const redis::Reply& reply) {
  if (const auto* text = reply.text()) {
    return *text;
  }
  if (const auto* number = reply.integer()) {
    return std::to_string(*number);
  }
  std::string text;
  if (const auto* lines = reply.array()) {
    for (const redis::Reply& line : *lines) {
      text += (text.empty() ? "" : "\n") + as_text(line);
    }
  }
  return text;
}

}  // namespace claimferry::ctl
