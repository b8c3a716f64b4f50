#include "common/redis/endpoint.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace claimferry::redis {
namespace {

// sockaddr_un::sun_path holds 108 bytes with its terminator.
constexpr std::size_t unix_path_bytes_max = 107;

Failure bad_url(std::string what) {
  return {FailureKind::permanent, "bad_redis_url",
          std::move(what) + "; write redis://host:port/database or unix:///path/to/redis.sock"};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// Cuts at the first `separator`: the part before it stays, the part behind it is answered.
std::optional<std::string_view> cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.find_first_of(" \t\r\n?#[]") == std::string_view::npos;
}

// "host", "host:port", "[::1]", "[::1]:port".
Result<TcpAddress> parse_authority(std::string_view authority) {
  TcpAddress address;
  std::optional<std::string_view> port;
  if (authority.starts_with('[')) {
    authority.remove_prefix(1);
    const auto rest = cut(authority, ']');
    if (!rest || (!rest->empty() && !rest->starts_with(':'))) {
      return bad_url("has an unfinished [address]");
    }
    if (!rest->empty()) {
      port = rest->substr(1);
    }
  } else {
    port = cut(authority, ':');
    if (authority.find(':') != std::string_view::npos ||
        (port && port->find(':') != std::string_view::npos)) {
      return bad_url("needs brackets around an IPv6 address");
    }
  }
  if (!is_host(authority)) {
    return bad_url("names no host");
  }
  address.host = authority;
  if (port) {
    const auto number = parse_number<std::uint16_t>(*port);
    if (!number || *number == 0) {
      return bad_url("has a port that is not a number from 1 to 65535");
    }
    address.port = *number;
  }
  return address;
}

Result<Endpoint> parse_tcp(std::string_view rest) {
  Endpoint endpoint;
  const auto database = cut(rest, '/');
  if (rest.find('@') != std::string_view::npos) {
    return bad_url(
        "holds credentials, which would end up in logs: use redis.username and "
        "redis.password_file");
  }
  auto address = parse_authority(rest);
  if (!address) {
    return std::move(address).failure();
  }
  endpoint.address = *std::move(address);
  if (database && !database->empty()) {
    const auto number = parse_number<unsigned>(*database);
    if (!number) {
      return bad_url("has a database that is not a number");
    }
    endpoint.database = *number;
  }
  return endpoint;
}

Result<Endpoint> parse_unix(std::string_view rest) {
  Endpoint endpoint;
  const auto query = cut(rest, '?');
  if (!rest.starts_with('/') || rest.size() < 2) {
    return bad_url("names no absolute path of a unix socket");
  }
  if (rest.size() > unix_path_bytes_max) {
    return bad_url("names a unix socket whose path is longer than 107 bytes");
  }
  endpoint.address = UnixAddress{std::string(rest)};
  if (query) {
    const auto number = query->starts_with("db=") ? parse_number<unsigned>(query->substr(3))
                                                  : std::optional<unsigned>();
    if (!number) {
      return bad_url("may say ?db=number behind a unix socket's path, nothing else");
    }
    endpoint.database = *number;
  }
  return endpoint;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view url) {
  constexpr std::string_view tcp = "redis://";
  constexpr std::string_view local = "unix://";
  if (url.starts_with(tcp)) {
    return parse_tcp(url.substr(tcp.size()));
  }
  if (url.starts_with(local)) {
    return parse_unix(url.substr(local.size()));
  }
  if (url.starts_with("rediss://")) {
    return bad_url("asks for TLS, which this version does not speak: keep Redis on a private link");
  }
  return bad_url("begins with neither redis:// nor unix://");
}

std::string Endpoint::str() const {
  if (const auto* local = std::get_if<UnixAddress>(&address)) {
    return "unix://" + local->path + (database == 0 ? "" : "?db=" + std::to_string(database));
  }
  const auto& tcp = std::get<TcpAddress>(address);
  const bool is_ipv6 = tcp.host.find(':') != std::string::npos;
  return "redis://" + (is_ipv6 ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port) +
         (database == 0 ? "" : "/" + std::to_string(database));
}

}  // namespace claimferry::redis
