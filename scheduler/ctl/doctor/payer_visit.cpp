#include "scheduler/ctl/doctor/payer_visit.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "common/base/limits.hpp"
#include "common/http/url.hpp"
#include "common/oauth/adapter/trusted_places.hpp"
#include "common/oauth/authorize_request.hpp"
#include "common/oauth/pkce.hpp"
#include "common/oauth/state.hpp"
#include "common/oauth/token_request.hpp"
#include "scheduler/ctl/doctor/certificate_look.hpp"
#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

namespace claimferry::ctl {
namespace {

constexpr unsigned redirects_max = 4;
constexpr Duration deadline = std::chrono::seconds(10);
constexpr Duration deadline_of_silent = std::chrono::seconds(3);
constexpr std::size_t page_bytes_max = 2 * limits::MiB;

bool is_redirect(const http::Response& response) {
  return response.status >= 300 && response.status < 400 && response.headers.find("Location");
}

std::string reset_words() {
  return std::make_error_code(std::errc::connection_reset).message();
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

}  // namespace

awaitable<Result<http::Response>> PayerVisit::send(http::Request request) {
  const auto url = http::Url::parse(request.url);
  const std::string origin = url ? url->origin() : "";
  if (const auto known = away_.find(origin); known != away_.end()) {
    co_return known->second;
  }
  request.body_bytes_max = page_bytes_max;
  request.deadline = silent_.contains(origin) ? deadline_of_silent : deadline;
  auto answered = co_await http_.send(request);
  if (!answered && answered.failure().code == "connection_stale") {
    answered = co_await http_.send(request);
  }
  if (answered) {
    co_return answered;
  }
  Failure failure = answered.failure();
  if (failure.code == "tls_failed") {
    const auto anchors = ca_files_.find(origin);
    const std::string ca_file = anchors == ca_files_.end() ? "" : anchors->second;
    failure = co_await look_at_certificate(*url, ca_file, failure);
  }
  // Who resets a connection is there: whether before or after it stands is a matter of chance.
  if (failure.code == "connect_failed" && failure.detail.ends_with(reset_words())) {
    failure.code = "connection_lost";
  }
  if (failure.code == "timeout") {
    silent_.insert(origin);
  } else if (failure.code == "dns_failed" || failure.code == "connect_failed" ||
             failure.code.starts_with("tls_")) {
    away_.emplace(origin, failure);
  }
  co_return failure;
}

awaitable<Result<http::Response>> PayerVisit::get(std::string url) {
  http::Request request{};
  request.url = std::move(url);
  co_return co_await send(std::move(request));
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
  co_return co_await send(std::move(request));
}

awaitable<Finding> PayerVisit::look_at_login_page(config::PayerConfig payer,
                                                  std::string authorize_url,
                                                  std::string redirect_uri) {
  if (authorize_url.empty() || redirect_uri.empty()) {
    co_return of_unseen_login_page(payer, !redirect_uri.empty());
  }
  const oauth::AuthorizeRequest request{authorize_url,
                                        payer.client_id,
                                        redirect_uri,
                                        payer.scopes,
                                        payer.aud,
                                        payer.skin,
                                        oauth::make_pkce(random_).challenge};
  const Secret page = oauth::authorize_location(request, oauth::make_state(random_));
  const Arrived login = co_await follow(std::string(page.reveal()), redirect_uri);
  co_return of_login_page(login.answer, payer, login.at);
}

awaitable<std::vector<Finding>> PayerVisit::examine(config::PayerConfig payer,
                                                    Result<std::vector<Secret>> client_secrets,
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
  auto login_page = co_await look_at_login_page(payer, authorize_url, redirect_uri);
  findings.push_back(std::move(login_page));
  if (client_secrets) {
    std::vector<Answered> tokens;
    for (const Secret& secret : *client_secrets) {
      auto answered = co_await knock(payer, secret);
      tokens.push_back(std::move(answered));
    }
    findings.push_back(of_token_endpoint(tokens, payer));
  } else {
    std::ranges::move(of_missing_secret(client_secrets.failure(), payer),
                      std::back_inserter(findings));
  }
  const auto metadata = co_await get(payer.resource_base + "/metadata");
  findings.push_back(of_resource_base(metadata, payer));
  const auto resource = co_await get(payer.resource_base + "/Patient");
  findings.push_back(of_products(resource, payer));
  co_return findings;
}

}  // namespace claimferry::ctl
