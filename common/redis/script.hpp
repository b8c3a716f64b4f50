// A Lua script and how it is called: EVALSHA, and EVAL when the server answers NOSCRIPT (restarted,
// failed over).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/redis/client.hpp"

namespace claimferry::redis {

class Script {
 public:
  // source: the whole text. The SHA-1 that Redis will know it by is computed here, once.
  Script(std::string_view name, std::string source);
  const std::string& name() const noexcept { return name_; }
  const std::string& source() const noexcept { return source_; }
  const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string name_;
  std::string source_;
  std::string sha1_;
};

awaitable<Result<Reply>> call(Client& client, const Script& script, std::vector<std::string> keys,
                              std::vector<std::string> arguments);

}  // namespace claimferry::redis
