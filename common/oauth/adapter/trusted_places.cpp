#include "common/oauth/adapter/trusted_places.hpp"

#include "common/http/url.hpp"

namespace claimferry::oauth {
namespace {

// As TrustedPlaces writes origins: without a default port.
std::string plain_origin(const http::Url& url) {
  return (url.tls ? "https://" : "http://") + url.host_header;
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
    places.origins.push_back("https://" + host);
  }
  places.path_prefixes = payer.allow_path_prefixes;
  if (const auto root = http::Url::parse(payer.auth_root)) {
    places.path_prefixes.push_back(folder_of(root->target));
  }
  return places;
}

}  // namespace claimferry::oauth
