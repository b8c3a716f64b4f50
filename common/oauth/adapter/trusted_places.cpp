#include "common/oauth/adapter/trusted_places.hpp"

#include <algorithm>

#include "common/base/ascii.hpp"
#include "common/http/url.hpp"

namespace claimferry::oauth {
namespace {

// As TrustedPlaces writes origins: without capitals and a default port.
std::string plain_origin(const http::Url& url) {
  const bool is_v6 = url.host.find(':') != std::string::npos;
  std::string origin = url.tls ? "https://" : "http://";
  origin += is_v6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? "443" : "80")) {
    origin += ":" + url.port;
  }
  std::ranges::transform(origin, origin.begin(), ascii_lower);
  return origin;
}

std::string folder_of(std::string target) {
  if (!target.ends_with('/')) {
    target += '/';
  }
  return target;
}

}  // namespace

TrustedPlaces trusted_places(const config::PayerConfig& payer) {
  TrustedPlaces places;
  for (const std::string& own : {payer.auth_root, payer.resource_base, payer.token_url}) {
    if (const auto url = http::Url::parse(own)) {
      places.origins.push_back(plain_origin(*url));
    }
  }
  for (const std::string& host : payer.allow_hosts) {
    if (const auto url = http::Url::parse("https://" + host)) {
      places.origins.push_back(plain_origin(*url));
    }
  }
  places.path_prefixes = payer.allow_path_prefixes;
  if (const auto root = http::Url::parse(payer.auth_root)) {
    places.path_prefixes.push_back(folder_of(root->target));
  }
  return places;
}

}  // namespace claimferry::oauth
