#include "common/redis/script.hpp"

#include <array>
#include <iterator>
#include <utility>

#include <openssl/evp.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::redis {
namespace {

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  CLAIMFERRY_ASSERT(
      EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) == 1);
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), length));
}

bool is_noscript(const Result<Reply>& reply) {
  return reply.ok() && reply->error() != nullptr && reply->error()->text.starts_with("NOSCRIPT");
}

}  // namespace

Script::Script(std::string_view name, std::string source)
    : text_(std::make_shared<const Text>(Text{std::string(name), source, sha1_hex(source)})) {}

awaitable<Result<Reply>> call(Client& client, Script script, std::vector<std::string> keys,
                              std::vector<std::string> arguments) {
  Command command{"EVALSHA", script.sha1(), std::to_string(keys.size())};
  std::move(keys.begin(), keys.end(), std::back_inserter(command));
  std::move(arguments.begin(), arguments.end(), std::back_inserter(command));
  Result<Reply> reply = co_await client.command(command);
  if (is_noscript(reply)) {
    command[0] = "EVAL";
    command[1] = script.source();
    reply = co_await client.command(std::move(command));
  }
  co_return reply;
}

}  // namespace claimferry::redis
