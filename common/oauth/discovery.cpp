#include "common/oauth/discovery.hpp"

#include <algorithm>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <simdjson.h>

namespace claimferry::oauth {
namespace {

using simdjson::dom::element;

Failure refused(std::string code, std::string detail) {
  return {FailureKind::permanent, std::move(code),
          "the payer's smart-configuration " + std::move(detail)};
}

// "https://host:port" with neither capitals nor a default port.
std::string origin_of(const boost::urls::url_view& url) {
  boost::urls::url normal(url);
  normal.normalize();
  std::string origin = std::string(normal.scheme()) + "://" + std::string(normal.encoded_host());
  const bool is_default = (normal.scheme() == "https" && normal.port() == "443") ||
                          (normal.scheme() == "http" && normal.port() == "80");
  if (normal.has_port() && !normal.port().empty() && !is_default) {
    origin += ":" + std::string(normal.port());
  }
  return origin;
}

bool lies_in(const boost::urls::url_view& url, const TrustedPlaces& trusted) {
  boost::urls::url normal(url);
  normal.normalize();
  const std::string path(normal.encoded_path());
  return std::ranges::find(trusted.origins, origin_of(url)) != trusted.origins.end() &&
         std::ranges::any_of(trusted.path_prefixes,
                             [&](const std::string& prefix) { return path.starts_with(prefix); });
}

Result<std::string> endpoint(const element& document, std::string_view name,
                             const TrustedPlaces& trusted) {
  std::string_view text;
  if (document[name].get_string().get(text) != simdjson::SUCCESS) {
    return refused("discovery_incomplete",
                   "names no " + std::string(name) + "; set it in the profile of the payer");
  }
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->has_userinfo() || url->has_fragment()) {
    return refused("discovery_incomplete",
                   "names a " + std::string(name) + " that is no URL; set it in the profile");
  }
  if (!lies_in(*url, trusted)) {
    return refused("discovery_foreign",
                   "names a " + std::string(name) + " at " + origin_of(*url) +
                       std::string(url->encoded_path()) +
                       ", where the profile allows none; if it is the payer's, add its host to "
                       "allow_hosts and its path to allow_path_prefixes");
  }
  return std::string(text);
}

bool lacks_s256(const element& document) {
  simdjson::dom::array methods;
  if (document["code_challenge_methods_supported"].get_array().get(methods) != simdjson::SUCCESS) {
    return false;
  }
  return std::ranges::none_of(methods, [](const element& method) {
    std::string_view name;
    return method.get_string().get(name) == simdjson::SUCCESS && name == "S256";
  });
}

}  // namespace

Result<Endpoints> parse_discovery(std::string_view document, const TrustedPlaces& trusted) {
  simdjson::dom::parser parser(discovery_bytes_max);
  element root;
  if (parser.parse(document.data(), document.size()).get(root) != simdjson::SUCCESS ||
      !root.is_object()) {
    return refused("discovery_not_json", "is no JSON object; ask the payer, or set authorize_url");
  }
  if (lacks_s256(root)) {
    return refused("discovery_no_s256",
                   "does not offer the PKCE method S256, without which a code could be stolen");
  }
  auto authorize = endpoint(root, "authorization_endpoint", trusted);
  if (!authorize) {
    return std::move(authorize.failure());
  }
  auto token = endpoint(root, "token_endpoint", trusted);
  if (!token) {
    return std::move(token.failure());
  }
  return Endpoints{std::move(*authorize), std::move(*token)};
}

}  // namespace claimferry::oauth
