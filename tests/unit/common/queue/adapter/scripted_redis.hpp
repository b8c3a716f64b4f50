// A Redis that answers what it is told to, one answer a command, and tells what it was asked.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "common/redis/client.hpp"

namespace claimferry::queue {

inline redis::Reply text_reply(std::string text) {
  return {std::move(text)};
}
inline redis::Reply number_reply(std::int64_t number) {
  return {number};
}
inline redis::Reply error_reply(std::string text) {
  return {redis::Error{std::move(text)}};
}
inline redis::Reply list_reply(redis::Reply::Array items) {
  return {std::move(items)};
}
inline redis::Reply texts_reply(const std::vector<std::string>& texts) {
  redis::Reply::Array items;
  for (const std::string& text : texts) {
    items.push_back(text_reply(text));
  }
  return list_reply(std::move(items));
}

class ScriptedRedis final : public redis::Client {
 public:
  awaitable<Result<redis::Reply>> command(redis::Command command) override {
    asked.push_back(std::move(command));
    if (answers.empty()) {
      co_return redis::Reply();
    }
    Result<redis::Reply> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command words, Duration) override {
    co_return co_await command(std::move(words));
  }

  std::deque<Result<redis::Reply>> answers;  // nil when there are none left
  std::vector<redis::Command> asked;
};

inline Failure redis_away() {
  return {FailureKind::local, "redis_unreachable", "away"};
}

}  // namespace claimferry::queue
