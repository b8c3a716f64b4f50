#include "common/fhir/classify.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <simdjson.h>

#include "common/base/ids.hpp"
#include "common/base/limits.hpp"

namespace claimferry::fhir {
namespace {

using simdjson::dom::element;

constexpr std::size_t error_body_bytes_max = 64 * limits::KiB;
// Beside this text the gateway answers 404 to every path it does not know: not the member's fault.
constexpr std::string_view unknown_path = "No resources match requested URI";

// What an error body says, as far as it is safe to repeat: codes and support handles, no prose.
struct ErrorBody {
  bool is_json = false;
  bool is_unknown_path = false;
  std::string oauth_error;  // RFC 6749 §5.2
  std::string issue_code;   // OperationOutcome.issue[0].code
  std::string support_handle;
};

std::string plain(const simdjson::simdjson_result<element>& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS || !is_plain_name(text, 64)) {
    return {};
  }
  return std::string(text);
}

ErrorBody read_error_body(const http::Body& body) {
  ErrorBody read;
  simdjson::dom::parser parser(error_body_bytes_max);
  element root;
  const std::string_view text = body.view();
  if (text.empty() || text.size() > error_body_bytes_max ||
      parser.parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS ||
      !root.is_object()) {
    return read;
  }
  read.is_json = true;
  read.oauth_error = plain(root["error"]);
  std::string_view more;
  read.is_unknown_path = root["moreInformation"].get_string().get(more) == simdjson::SUCCESS &&
                         more.find(unknown_path) != std::string_view::npos;
  std::string_view type;
  if (root["resourceType"].get_string().get(type) == simdjson::SUCCESS &&
      type == "OperationOutcome") {
    read.issue_code = plain(root.at_pointer("/issue/0/code"));
    read.support_handle = plain(root["id"]);
  }
  return read;
}

// A date is by the clock of the payer, which may be minutes from ours: its answer's own Date says
// how late it is there.
WallTime payers_now(const http::Response& response, const Context& context) {
  const auto date = response.headers.find("Date");
  return date ? parse_http_date(*date).value_or(context.now) : context.now;
}

class Classifier {
 public:
  Classifier(const http::Response& response, const Context& context)
      : response_(response), context_(context), body_(read_error_body(response.body)) {
    if (const auto text = response.headers.find("Retry-After")) {
      retry_after_ = parse_retry_after(*text, payers_now(response, context));
    }
    const auto transaction = response.headers.find("x-global-transaction-id");
    if (body_.support_handle.empty() && transaction && is_plain_name(*transaction, 64)) {
      body_.support_handle = std::string(*transaction);
    }
  }

  Failure decide() const {
    const unsigned status = response_.status;
    if (status == 429 || (status == 503 && retry_after_)) {
      return fail(FailureKind::rate_limited, http_code(), "asks for quiet", retry_after_);
    }
    if (status >= 500 || status == 408) {
      return fail(FailureKind::retryable, http_code(), "is in trouble");
    }
    if (status == 403 && !body_.is_json) {
      return fail(FailureKind::retryable, "edge_denied",
                  "was not reached: its edge denied us; if this lasts, ask the payer about this "
                  "address");
    }
    if (status >= 300 && status < 400) {
      return fail(FailureKind::payer_refused, "redirected",
                  "redirects; a bearer token does not follow: correct the payer's URLs");
    }
    return context_.endpoint == Endpoint::token ? token_refused() : resource_refused();
  }

 private:
  Failure token_refused() const {
    if (response_.status == 400 && body_.oauth_error == "invalid_grant") {
      return fail(FailureKind::reconsent_required, "invalid_grant",
                  "no longer honours the member's refresh token; the member must consent again");
    }
    if (response_.status == 401 || body_.oauth_error == "invalid_client") {
      return fail(FailureKind::payer_refused, "client_refused",
                  "refuses our client id, secret or subscription; check client_id and "
                  "client_secret_file");
    }
    const std::string code = body_.oauth_error.empty() ? http_code() : body_.oauth_error;
    return fail(FailureKind::payer_refused, code,
                "refuses the request; check token_url and scopes");
  }

  Failure resource_refused() const {
    const unsigned status = response_.status;
    if (status == 401) {
      return fail(FailureKind::resource_refused, "unauthorized",
                  "refuses a fresh token; is this product subscribed?");
    }
    if (status == 403) {
      return fail(FailureKind::resource_refused, "forbidden", "forbids this resource");
    }
    if (status == 404 && body_.is_unknown_path) {
      return fail(FailureKind::payer_refused, "wrong_base_url",
                  context_.is_next_link ? "does not know its own next link's path; see next_rewrite"
                                        : "does not know this path; check resource_base");
    }
    const bool gone = status == 400 || status == 404 || status == 410;
    if (context_.is_next_link && gone) {
      return fail(FailureKind::retryable, "cursor_gone", "no longer honours a next link");
    }
    if (status == 404 || status == 410) {
      return fail(FailureKind::permanent, "member_unknown", "does not know this member");
    }
    if (status == 400) {
      return fail(FailureKind::permanent, "bad_request",
                  "refuses a parameter; check coverage_param");
    }
    return fail(FailureKind::permanent, http_code(), "answered what no rule expects");
  }

  std::string http_code() const { return "http_" + std::to_string(response_.status); }

  Failure fail(FailureKind kind, std::string code, std::string_view what,
               std::optional<Duration> retry_after = std::nullopt) const {
    std::string detail = "the payer's " + std::string(to_string(context_.endpoint)) + " endpoint " +
                         std::string(what) + " (HTTP " + std::to_string(response_.status);
    if (!body_.issue_code.empty()) {
      detail += ", issue " + body_.issue_code;
    }
    if (!body_.support_handle.empty()) {
      detail += ", the payer's reference " + body_.support_handle;
    }
    return {kind, std::move(code), detail + ")", retry_after};
  }

  const http::Response& response_;
  const Context& context_;
  ErrorBody body_;
  std::optional<Duration> retry_after_;
};

}  // namespace

std::string_view to_string(Endpoint endpoint) noexcept {
  switch (endpoint) {
    case Endpoint::token:
      return "token";
    case Endpoint::patient:
      return "patient";
    case Endpoint::coverage:
      return "coverage";
    case Endpoint::eob:
      return "eob";
  }
  return "";
}

std::optional<Failure> classify(const http::Response& response, const Context& context) {
  const unsigned status = response.status;
  const bool is_success = status >= 200 && status < 300;
  if (status == 200 || status == 203 || (is_success && context.endpoint == Endpoint::token)) {
    return std::nullopt;
  }
  return Classifier(response, context).decide();
}

bool proves_token_unused(const Failure& failure) noexcept {
  if (failure.kind == FailureKind::rate_limited) {
    return failure.code != "http_503";
  }
  return failure.kind == FailureKind::payer_refused && failure.code != "redirected" &&
         !failure.code.starts_with("http_");
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  const std::string terminated(text);
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm fields{};
    const char* end = strptime(terminated.c_str(), form, &fields);
    if (end != nullptr && *end == '\0') {
      return WallTime(std::chrono::seconds(timegm(&fields)));
    }
  }
  return std::nullopt;
}

std::optional<Duration> parse_retry_after(std::string_view value, WallTime now) {
  constexpr Duration longest = limits::retry_after_max;
  const bool is_number =
      !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) {
    std::int64_t seconds = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool fits =
        ec == std::errc() && seconds <= limits::retry_after_max / std::chrono::seconds(1);
    return fits ? Duration(std::chrono::seconds(seconds)) : longest;
  }
  const auto date = parse_http_date(value);
  if (!date) {
    return std::nullopt;
  }
  return std::clamp(*date - now, Duration::zero(), longest);
}

}  // namespace claimferry::fhir
