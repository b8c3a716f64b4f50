#include "scheduler/enroll/pages.hpp"

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"
#include "scheduler/enroll/return_policy.hpp"

namespace claimferry::enroll {
namespace {

constexpr std::string_view style =
    ":root{color-scheme:light dark;font:1.125rem/1.55 system-ui,sans-serif}"
    "body{margin:0;display:grid;min-height:100vh;place-items:center}"
    "main{max-width:32rem;padding:2rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}"
    "p{margin:0 0 1rem}footer{opacity:.7;font-size:.9rem}";

// A style of our own and nothing else, by its hash (CSP level 2, section 4.2.5).
std::string content_policy() {
  const Sha256 digest = sha256(style);
  const std::string_view raw(reinterpret_cast<const char*>(digest.data()), digest.size());
  return "default-src 'none'; style-src 'sha256-" + to_base64(raw) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

Pages::Pages(std::string organisation, bool is_https)
    : organisation_(std::move(organisation)), is_https_(is_https) {}

std::vector<std::pair<std::string, std::string>> Pages::headers() const {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"Content-Security-Policy", content_policy()},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Cross-Origin-Opener-Policy", "same-origin"}};
  if (is_https_) {
    headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
  return headers;
}

http::Page Pages::show(const Outcome& outcome) const {
  http::Page page;
  page.status = outcome.status;
  page.content_type = "text/html; charset=utf-8";
  page.headers = headers();
  page.body =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  page.body += html_escaped(outcome.title);
  page.body += "</title><style>";
  page.body += style;
  page.body += "</style></head><body><main><h1 id=\"title\">";
  page.body += html_escaped(outcome.title);
  page.body += "</h1><p id=\"advice\">";
  page.body += html_escaped(outcome.advice);
  page.body += "</p><footer>";
  page.body += html_escaped(organisation_);
  page.body += "</footer></main></body></html>\n";
  return page;
}

http::Page Pages::send_back(const std::string& return_to, const Outcome& outcome) const {
  http::Page page;
  page.status = 303;
  page.headers = headers();
  const bool is_connected = &outcome == &outcome::connected;
  page.headers.emplace_back("Location",
                            with_outcome(return_to, is_connected ? "connected" : "failed",
                                         is_connected ? std::string_view() : outcome.name));
  return page;
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace claimferry::enroll
