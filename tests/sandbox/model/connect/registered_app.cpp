#include "tests/sandbox/model/connect/registered_app.hpp"

#include <algorithm>
#include <array>

#include "common/base/encoding.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::string_view basic = "Basic ";
constexpr std::string_view callback_path = "/api/auth/smart/callback";
constexpr std::size_t port_digits_max = 5;

bool is_loopback_callback(std::string_view uri) {
  constexpr std::array<std::string_view, 2> hosts = {"http://127.0.0.1:", "http://localhost:"};
  const auto* const host =
      std::ranges::find_if(hosts, [&](std::string_view start) { return uri.starts_with(start); });
  if (host == hosts.end() || !uri.ends_with(callback_path)) {
    return false;
  }
  uri.remove_prefix(host->size());
  uri.remove_suffix(std::min(callback_path.size(), uri.size()));
  return !uri.empty() && uri.size() <= port_digits_max &&
         std::ranges::all_of(uri, [](char digit) { return digit >= '0' && digit <= '9'; });
}

}  // namespace

// RFC 6749 section 2.3.1 wants both halves form-encoded; many clients send them raw. Both are
// taken.
bool RegisteredApp::authenticates(std::string_view authorization) const {
  if (!authorization.starts_with(basic)) {
    return false;
  }
  const auto decoded = from_base64(authorization.substr(basic.size()));
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return false;
  }
  const std::string id = decoded->substr(0, colon);
  const std::string secret = decoded->substr(colon + 1);
  const auto plain_secret = percent_decode(secret, true);
  return (id == registration_.id && has_secret(secret)) ||
         (percent_decode(id, true) == registration_.id && plain_secret &&
          has_secret(*plain_secret));
}

bool RegisteredApp::has_secret(std::string_view secret) const {
  if (modes_.client_secrets.empty()) {
    return secret == registration_.secret;
  }
  return std::ranges::find(modes_.client_secrets, secret) != modes_.client_secrets.end();
}

bool RegisteredApp::may_return_to(std::string_view redirect_uri) const {
  const std::vector<std::string>& registered =
      modes_.redirect_uris.empty() ? registration_.redirect_uris : modes_.redirect_uris;
  return registered.empty() ? is_loopback_callback(redirect_uri)
                            : std::ranges::find(registered, redirect_uri) != registered.end();
}

}  // namespace claimferry::sandbox
