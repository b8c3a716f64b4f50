// Endpoint: where Redis is and as whom to speak to it. Decides what a redis.url may say; reading
// the password file and opening a socket are left to others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace claimferry::redis {

struct TcpAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  friend bool operator==(const TcpAddress&, const TcpAddress&) = default;
};
struct UnixAddress {
  std::string path;
  friend bool operator==(const UnixAddress&, const UnixAddress&) = default;
};

struct Endpoint {
  std::variant<TcpAddress, UnixAddress> address;
  unsigned database = 0;
  std::string username;  // empty: Redis' user "default"
  Secret password;       // empty: no AUTH

  // "redis://host[:port][/database]", "redis://[::1]:6379", "unix:///path[?db=n]". Credentials in
  // the URL are refused (URLs end up in logs). A failure is permanent, bad_redis_url, and says what
  // to write instead; it never repeats what stands before an '@'.
  static Result<Endpoint> parse(std::string_view url);

  // The URL again, without credentials: for logs and failures.
  std::string str() const;
};

}  // namespace claimferry::redis
