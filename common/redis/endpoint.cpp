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
          std::move(what) +
              "; write redis://host:port/database, rediss://… for TLS, or "
              "unix:///path/to/redis.sock"};
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

// The database behind the '/', if any.
Result<unsigned> parse_database(std::optional<std::string_view> text) {
  if (!text || text->empty()) {
    return 0U;
  }
  const auto number = parse_number<unsigned>(*text);
  if (!number) {
    return bad_url("has a database that is not a number");
  }
  return *number;
}

Result<Endpoint> parse_tcp(std::string_view rest, bool is_tls) {
  Endpoint endpoint;
  endpoint.is_tls = is_tls;
  const auto database = cut(rest, '/');
  if (rest.find('@') != std::string_view::npos) {
    return bad_url(
        "holds credentials, which would end up in logs: use redis.username and "
        "redis.password_file");
  }
  for (std::optional<std::string_view> next = rest; next;) {
    std::string_view one = *next;
    next = cut(one, ',');
    auto address = parse_tcp_address(one, TcpAddress().port);
    if (!address) {
      return std::move(address).failure();
    }
    endpoint.further.push_back(*std::move(address));
  }
  endpoint.address = endpoint.further.front();
  endpoint.further.erase(endpoint.further.begin());
  const auto number = parse_database(database);
  if (!number) {
    return number.failure();
  }
  endpoint.database = *number;
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

constexpr std::string_view plain_scheme = "redis://";
constexpr std::string_view tls_scheme = "rediss://";
constexpr std::string_view local_scheme = "unix://";

}  // namespace

Result<TcpAddress> parse_tcp_address(std::string_view text, std::uint16_t default_port) {
  TcpAddress address;
  address.port = default_port;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto rest = cut(text, ']');
    if (!rest || (!rest->empty() && !rest->starts_with(':'))) {
      return bad_url("has an unfinished [address]");
    }
    if (!rest->empty()) {
      port = rest->substr(1);
    }
  } else {
    port = cut(text, ':');
    if (port && port->find(':') != std::string_view::npos) {
      return bad_url("needs brackets around an IPv6 address");
    }
  }
  if (!is_host(text)) {
    return bad_url("names no host");
  }
  address.host = text;
  if (port) {
    const auto number = parse_number<std::uint16_t>(*port);
    if (!number || *number == 0) {
      return bad_url("has a port that is not a number from 1 to 65535");
    }
    address.port = *number;
  }
  return address;
}

std::string to_text(const TcpAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<Endpoint> Endpoint::parse(std::string_view url) {
  for (const auto scheme : {plain_scheme, tls_scheme}) {
    if (url.starts_with(scheme)) {
      return parse_tcp(url.substr(scheme.size()), scheme == tls_scheme);
    }
  }
  if (url.starts_with(local_scheme)) {
    return parse_unix(url.substr(local_scheme.size()));
  }
  return bad_url("begins with none of redis://, rediss:// and unix://");
}

Result<Endpoint> Endpoint::parse_hostless(std::string_view url) {
  for (const auto scheme : {plain_scheme, tls_scheme}) {
    const bool is_hostless = url.starts_with(scheme) && url.substr(scheme.size()).starts_with('/');
    if (is_hostless) {
      Endpoint endpoint;
      endpoint.is_tls = scheme == tls_scheme;
      const auto number = parse_database(url.substr(scheme.size() + 1));
      if (!number) {
        return number.failure();
      }
      endpoint.database = *number;
      return endpoint;
    }
  }
  return Failure{FailureKind::permanent, "bad_redis_url",
                 "names a host beside redis.sentinels, which say where the master is; write "
                 "redis:///database, or rediss:///database for TLS"};
}

std::vector<Address> Endpoint::nodes() const {
  std::vector<Address> all{address};
  all.insert(all.end(), further.begin(), further.end());
  return all;
}

Endpoint Endpoint::at(Address node) const {
  Endpoint one = *this;
  one.address = std::move(node);
  one.further.clear();
  one.sentinels.reset();
  return one;
}

Endpoint Endpoint::sentinel_at(TcpAddress sentinel) const {
  Endpoint one;
  one.address = std::move(sentinel);
  one.is_tls = is_tls;
  one.tls = tls;
  one.username = sentinels->username;
  one.password = sentinels->password;
  one.is_sentinel = true;
  return one;
}

std::string Endpoint::credentials_keys() const {
  return is_sentinel ? "redis.sentinel_username and redis.sentinel_password_file"
                     : "redis.username and redis.password_file";
}

std::string Endpoint::str() const {
  if (sentinels) {
    std::string text = "the master " + sentinels->master + " of the sentinels ";
    for (std::size_t at = 0; at < sentinels->addresses.size(); ++at) {
      text += (at == 0 ? "" : ",") + to_text(sentinels->addresses[at]);
    }
    return text;
  }
  if (const auto* local = std::get_if<UnixAddress>(&address)) {
    return "unix://" + local->path + (database == 0 ? "" : "?db=" + std::to_string(database));
  }
  std::string text = is_sentinel ? "the sentinel " : is_tls ? "rediss://" : "redis://";
  text += to_text(std::get<TcpAddress>(address));
  for (const TcpAddress& one : further) {
    text += "," + to_text(one);
  }
  return text + (database == 0 ? "" : "/" + std::to_string(database));
}

}  // namespace claimferry::redis
