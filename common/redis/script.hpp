// A Lua script and how it is called: EVALSHA, and EVAL when the server answers NOSCRIPT (restarted,
// failed over).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/client.hpp"

namespace claimferry::redis {

class Script {
 public:
  // source: the whole text. The SHA-1 that Redis will know it by is computed here, once.
  Script(std::string_view name, std::string source);
  const std::string& name() const noexcept { return text_->name; }
  const std::string& source() const noexcept { return text_->source; }
  const std::string& sha1() const noexcept { return text_->sha1; }

 private:
  struct Text {
    std::string name;
    std::string source;
    std::string sha1;
  };
  std::shared_ptr<const Text> text_;  // shared: a script is passed by value with every call
};

awaitable<Result<Reply>> call(Client& client, Script script, std::vector<std::string> keys,
                              std::vector<std::string> arguments);

}  // namespace claimferry::redis
