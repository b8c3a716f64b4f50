#include "scheduler/ctl/doctor/payer_visit.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "common/base/limits.hpp"
#include "common/oauth/adapter/trusted_places.hpp"
#include "common/oauth/authorize_request.hpp"
#include "common/oauth/pkce.hpp"
#include "common/oauth/state.hpp"
#include "common/oauth/token_request.hpp"
#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

namespace claimferry::ctl {
namespace {

constexpr unsigned redirects_max = 4;
constexpr Duration deadline = std::chrono::seconds(20);
constexpr std::size_t page_bytes_max = 2 * limits::MiB;

bool is_redirect(const http::Response& response) {
  return response.status >= 300 && response.status < 400 && response.headers.find("Location");
}

// RFC 3986 section 5; empty for what is no reference.
std::string resolved(const std::string& base, std::string_view reference) {
  const auto base_url = boost::urls::parse_uri(base);
  const auto target = boost::urls::parse_uri_reference(reference);
  boost::urls::url url;
  if (!base_url || !target || !boost::urls::resolve(*base_url, *target, url)) {
    return "";
  }
  return std::string(url.buffer());
}

// What the payer says of itself where it says nothing: the profile's own word.
std::string authorize_url_of(const Answered& discovery, const config::PayerConfig& payer,
                             const oauth::TrustedPlaces& trusted) {
  if (!payer.authorize_url.empty() || !discovery) {
    return payer.authorize_url;
  }
  const auto found = oauth::parse_discovery(discovery->body.view(), trusted);
  return found ? found->authorize_url : "";
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url;
}

}  // namespace

awaitable<Result<http::Response>> PayerVisit::get(std::string url) {
  http::Request request{};
  request.url = std::move(url);
  request.body_bytes_max = page_bytes_max;
  request.deadline = deadline;
  co_return co_await http_.send(std::move(request));
}

// As a browser would; nothing that is a secret goes along.
awaitable<PayerVisit::Arrived> PayerVisit::follow(std::string url, std::string stop_at) {
  auto first = co_await get(url);
  Arrived arrived{std::move(first), std::move(url)};
  for (unsigned count = 0; count < redirects_max && arrived.answer; ++count) {
    if (!is_redirect(*arrived.answer)) {
      break;
    }
    arrived.at = resolved(arrived.at, *arrived.answer->headers.find("Location"));
    if (arrived.at.empty() || arrived.at.starts_with(stop_at)) {
      break;
    }
    arrived.answer = co_await get(arrived.at);
  }
  co_return arrived;
}

awaitable<Result<http::Response>> PayerVisit::knock(config::PayerConfig payer,
                                                    Secret client_secret) {
  http::Request request{};
  request.method = http::Method::post;
  request.url = payer.token_url;
  request.authorization =
      oauth::basic_authorization(payer.client_id, client_secret, payer.basic_auth_raw);
  request.form = oauth::knock_form();
  request.body_bytes_max = limits::token_body_bytes_max;
  request.deadline = deadline;
  co_return co_await http_.send(std::move(request));
}

awaitable<std::vector<Finding>> PayerVisit::examine(config::PayerConfig payer,
                                                    std::vector<Secret> client_secrets,
                                                    std::string redirect_uri) {
  std::vector<Finding> findings;
  const oauth::TrustedPlaces trusted = oauth::trusted_places(payer);
  const auto discovery =
      co_await get(without_slash(payer.auth_root) + std::string(oauth::discovery_path));
  findings.push_back(of_discovery(discovery, payer, trusted));
  if (auto clock = of_clock(discovery, clock_.wall(), payer)) {
    findings.push_back(std::move(*clock));
  }
  findings.push_back(of_audience(payer));
  const std::string authorize_url = authorize_url_of(discovery, payer, trusted);
  if (!authorize_url.empty() && !redirect_uri.empty()) {
    const oauth::AuthorizeRequest request{authorize_url,
                                          payer.client_id,
                                          redirect_uri,
                                          payer.scopes,
                                          payer.aud,
                                          payer.skin,
                                          oauth::make_pkce(random_).challenge};
    const Secret page = oauth::authorize_location(request, oauth::make_state(random_));
    const Arrived login = co_await follow(std::string(page.reveal()), redirect_uri);
    findings.push_back(of_login_page(login.answer, payer, login.at));
  }
  std::vector<Answered> tokens;
  for (const Secret& secret : client_secrets) {
    auto answered = co_await knock(payer, secret);
    tokens.push_back(std::move(answered));
  }
  findings.push_back(of_token_endpoint(tokens, payer));
  const auto metadata = co_await get(payer.resource_base + "/metadata");
  findings.push_back(of_resource_base(metadata, payer));
  co_return findings;
}

}  // namespace claimferry::ctl
