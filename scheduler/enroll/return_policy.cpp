#include "scheduler/enroll/return_policy.hpp"

#include <algorithm>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "common/http/url.hpp"

namespace claimferry::enroll {
namespace {

struct Parts {
  std::string origin;
  std::string path;
};

// One URL has one form here, whatever its capitals, dots and escapes; browsers go by it, too.
std::optional<Parts> take_apart(std::string_view text) {
  const auto url = http::Url::parse(text);
  const auto parsed = boost::urls::parse_uri(text);
  if (!url || !parsed || (!url->tls && !url->is_loopback())) {
    return std::nullopt;
  }
  boost::urls::url normal(*parsed);
  normal.normalize();
  const auto plain = http::Url::parse(std::string(normal.buffer()));
  if (!plain) {
    return std::nullopt;
  }
  return Parts{plain->origin(), std::string(normal.encoded_path())};
}

}  // namespace

std::optional<std::string> ReturnPolicy::problem_of(std::string_view entry) {
  if (!take_apart(entry) || entry.find('?') != std::string_view::npos) {
    return "each is https://host, https://host/below/ or https://host/page, without a query; plain "
           "http is for loopback addresses only";
  }
  return std::nullopt;
}

ReturnPolicy::ReturnPolicy(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    if (auto parts = take_apart(entry)) {
      places_.push_back({std::move(parts->origin), std::move(parts->path)});
    }
  }
}

bool ReturnPolicy::allows(std::string_view url) const {
  const auto parts = take_apart(url);
  return parts && std::ranges::any_of(places_, [&](const Place& place) {
           const bool is_there = place.path.empty() || place.path == parts->path ||
                                 (place.path.ends_with('/') && parts->path.starts_with(place.path));
           return place.origin == parts->origin && is_there;
         });
}

std::string with_outcome(std::string_view return_to, std::string_view outcome,
                         std::string_view reason) {
  std::string url(return_to);
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "enrolment=";
  url += outcome;
  if (!reason.empty()) {
    url += "&reason=";
    url += reason;
  }
  return url;
}

}  // namespace claimferry::enroll
