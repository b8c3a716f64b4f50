// Endpoint: where Redis is, how it is found and as whom to speak to it. Decides what a redis.url
// may say; reading secrets and certificates and opening a socket are left to others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/live_secret.hpp"
#include "common/base/result.hpp"

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

using Address = std::variant<TcpAddress, UnixAddress>;

class TlsContext;

// Who knows where the master is.
struct Sentinels {
  static constexpr std::uint16_t default_port = 26'379;
  static constexpr std::size_t addresses_max = 9;
  std::vector<TcpAddress> addresses;  // asked in this order
  std::string master;                 // its name among them
  std::string username;               // empty: the user "default"
  LiveSecret password;                // empty: no AUTH
};

struct Endpoint {
  Address address;
  // Further nodes of the same Redis Cluster, tried in this order when the first does not answer.
  std::vector<TcpAddress> further;
  unsigned database = 0;
  std::string username;  // empty: Redis' user "default"
  LiveSecret password;   // empty: no AUTH
  bool is_tls = false;
  std::shared_ptr<TlsContext> tls;  // whom to trust; of need where is_tls
  // When set, `address` counts for nothing: the sentinels are asked whenever a link is opened.
  std::optional<Sentinels> sentinels;
  bool is_sentinel = false;  // speak of the sentinels' settings, not of Redis', where it fails
  // A key that stands for all of the client's: of a Redis Cluster the node that serves it is the
  // one to speak to. Empty: whichever node `address` names.
  std::string root;

  // "redis://host[:port][,host[:port]…][/database]", "redis://[::1]:6379", "rediss://…" for TLS,
  // "unix:///path[?db=n]". Credentials in the URL are refused (URLs end up in logs). A failure is
  // permanent, bad_redis_url, and says what to write instead; it never repeats what stands before
  // an '@'.
  static Result<Endpoint> parse(std::string_view url);
  // Of a URL whose host the sentinels name: "redis:///[database]", "rediss:///[database]".
  static Result<Endpoint> parse_hostless(std::string_view url);

  std::vector<Address> nodes() const;
  // One node of it, by itself, and one of its sentinels.
  Endpoint at(Address node) const;
  Endpoint sentinel_at(TcpAddress sentinel) const;

  // The URL again, without credentials, or the master that sentinels know: for logs and failures.
  std::string str() const;
  // What a person corrects when the address is wrong, and when the credentials are.
  std::string address_key() const { return is_sentinel || sentinels ? sentinels_key : "redis.url"; }
  std::string credentials_keys() const;

 private:
  static constexpr auto sentinels_key = "redis.sentinels";
};

// "host", "host:port", "[::1]:port". Failures as those of Endpoint::parse.
Result<TcpAddress> parse_tcp_address(std::string_view text, std::uint16_t default_port);

// "host:port", an IPv6 address in brackets.
std::string to_text(const TcpAddress& address);

}  // namespace claimferry::redis
