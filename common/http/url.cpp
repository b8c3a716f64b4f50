#include "common/http/url.hpp"

#include <algorithm>
#include <charconv>

namespace claimferry::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool take_scheme(std::string_view& text, std::string_view scheme) {
  const bool matches = text.size() > scheme.size() &&
                       std::ranges::equal(text.substr(0, scheme.size()), scheme,
                                          [](char a, char b) { return lower(a) == b; });
  text.remove_prefix(matches ? scheme.size() : 0);
  return matches;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

bool is_host(std::string_view host, bool is_ipv6) {
  return !host.empty() && host.size() < 256 &&
         std::ranges::all_of(
             host,
             [is_ipv6](char c) {
               const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
               return letter || c == '.' || c == '-' || c == '_' || (is_ipv6 && c == ':');
             });
}

// Splits "host", "host:port", "[::1]:port".
bool split_authority(std::string_view authority, Url& url) {
  const bool is_ipv6 = authority.starts_with('[');
  const auto host_end = is_ipv6 ? authority.find(']') : authority.find(':');
  if (is_ipv6 && host_end == std::string_view::npos) {
    return false;
  }
  const auto host = authority.substr(0, host_end);
  auto rest = authority.substr(std::min(authority.size(), host.size() + (is_ipv6 ? 1 : 0)));
  url.host = is_ipv6 ? host.substr(1) : host;
  std::ranges::transform(url.host, url.host.begin(), lower);
  url.port = url.tls ? "443" : "80";
  if (rest.starts_with(':')) {
    url.port = rest.substr(1);
    rest = {};
  }
  return rest.empty() && is_port(url.port) && is_host(url.host, is_ipv6);
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  const bool clean = std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte >= 0x7f || c == '#' || c == '\\';
  });
  Url url;
  if (!clean) {
    return std::nullopt;
  }
  url.tls = take_scheme(text, "https://");
  if (!url.tls && !take_scheme(text, "http://")) {
    return std::nullopt;
  }
  const auto end = std::min(text.find_first_of("/?"), text.size());
  if (!split_authority(text.substr(0, end), url)) {
    return std::nullopt;
  }
  url.host_header = text.substr(0, end);
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) {
    url.target.insert(0, "/");
  }
  return url;
}

std::string Url::origin() const {
  return (tls ? "https://" : "http://") + host + ":" + port;
}

bool Url::is_loopback() const {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace claimferry::http
