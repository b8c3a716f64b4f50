// Url: an absolute http or https URL, split only as far as sending needs: the target stays byte for
// byte what it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace claimferry::http {

struct Url {
  bool tls = true;
  std::string host;    // without the brackets of an IPv6 address
  std::string port;    // always named
  std::string target;  // path and query; at least "/"
  std::string host_header;

  // Nothing for other schemes, user information, a fragment, white space or control characters.
  static std::optional<Url> parse(std::string_view text);
  // "https://host:port", the key of a connection pool.
  std::string origin() const;
  bool is_loopback() const;  // 127.0.0.0/8, ::1 or localhost
};

}  // namespace claimferry::http
