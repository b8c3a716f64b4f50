#include "common/oauth/token_answer.hpp"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "common/base/limits.hpp"

namespace claimferry::oauth {
namespace {

using simdjson::dom::element;

constexpr std::size_t patient_bytes_max = 256;
constexpr std::size_t scope_bytes_max = 8UL * 1024;
constexpr std::int64_t epoch_seconds_max = 253'402'300'799;  // the end of the year 9999
constexpr std::int64_t seconds_max = 10LL * 366 * 24 * 60 * 60;

Failure unusable(std::string detail) {
  return {FailureKind::retryable, "token_answer_unusable",
          "the token endpoint answered with " + std::move(detail)};
}

std::optional<std::string_view> text_of(const element& object, std::string_view name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS || text.empty()) {
    return std::nullopt;
  }
  return text;
}

// Numbers come as numbers and as strings; some ids do, too.
std::optional<std::int64_t> whole_number_of(const element& object, std::string_view name) {
  std::int64_t number = 0;
  if (object[name].get_int64().get(number) == simdjson::SUCCESS) {
    return number;
  }
  double fraction = 0;
  if (object[name].get_double().get(fraction) == simdjson::SUCCESS) {
    return static_cast<std::int64_t>(
        std::clamp(fraction, -1.0, static_cast<double>(epoch_seconds_max)));
  }
  const auto text = text_of(object, name);
  if (!text) {
    return std::nullopt;
  }
  const char* const begin = text->data();
  const char* const end = begin + text->size();
  const auto [stop, ec] = std::from_chars(begin, end, number);
  if (ec != std::errc() || (stop != end && *stop != '.')) {
    return std::nullopt;
  }
  return number;
}

// A life of nothing would make each use a refresh: it says no more than an absent one.
std::optional<Duration> life_of(const element& object, std::string_view name) {
  const auto seconds = whole_number_of(object, name);
  if (!seconds || *seconds <= 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::min(*seconds, seconds_max));
}

std::optional<std::string> patient_of(const element& object) {
  if (const auto text = text_of(object, "patient"); text && text->size() <= patient_bytes_max) {
    return std::string(*text);
  }
  std::int64_t number = 0;
  if (object["patient"].get_int64().get(number) == simdjson::SUCCESS) {
    return std::to_string(number);
  }
  return std::nullopt;
}

// Visible ASCII: what RFC 6750 lets into a header, and nothing that could end one.
bool is_token(std::string_view text) {
  return text.size() <= token_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Without one, null and empty alike, the payer keeps the old one in force.
bool holds_refresh_token(const element& object) {
  const auto found = object["refresh_token"];
  std::string_view text;
  return found.error() == simdjson::SUCCESS && !found.is_null() &&
         (found.get_string().get(text) != simdjson::SUCCESS || !text.empty());
}

bool is_bearer(std::string_view type) {
  return std::ranges::equal(type, std::string_view("bearer"), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

Result<element> object_in(const http::Body& body, simdjson::dom::parser& parser) {
  if (body.size() > limits::token_body_bytes_max) {
    return unusable("more than limits::token_body_bytes_max");
  }
  element answer;
  const std::string_view text = body.view();
  const bool padded = body.capacity() >= body.size() + simdjson::SIMDJSON_PADDING;
  const auto error = parser.parse(text.data(), text.size(), !padded).get(answer);
  if (error != simdjson::SUCCESS) {
    return unusable("what is not JSON: " + std::string(simdjson::error_message(error)));
  }
  if (!answer.is_object()) {
    return unusable("JSON that is not an object");
  }
  return answer;
}

// What stands beside the tokens: none of it makes an answer useless.
TokenAnswer read_beside_tokens(const element& answer) {
  TokenAnswer parsed;
  parsed.expires_in = life_of(answer, "expires_in");
  parsed.refresh_token_expires_in = life_of(answer, "refresh_token_expires_in");
  parsed.patient = patient_of(answer);
  if (const auto scope = text_of(answer, "scope"); scope && scope->size() <= scope_bytes_max) {
    parsed.scope = std::string(*scope);
  } else {
    parsed.scope_is_unusable =
        answer["scope"].error() == simdjson::SUCCESS && !answer["scope"].is_null();
  }
  if (const auto on = whole_number_of(answer, "consented_on"); on && *on > 0) {
    parsed.consented_on = WallTime(std::chrono::seconds(std::min(*on, epoch_seconds_max)));
  }
  return parsed;
}

}  // namespace

Result<TokenAnswer> parse_token_answer(const http::Body& body) {
  simdjson::dom::parser parser(limits::token_body_bytes_max);
  const auto answer = object_in(body, parser);
  if (!answer) {
    return answer.failure();
  }
  if (const auto type = text_of(*answer, "token_type"); type && !is_bearer(*type)) {
    return unusable("a token_type other than bearer");
  }
  const auto access_token = text_of(*answer, "access_token");
  if (!access_token) {
    return unusable("no access_token");
  }
  const auto refresh_token = text_of(*answer, "refresh_token");
  if (!refresh_token && holds_refresh_token(*answer)) {
    return unusable("a refresh_token that is no text");
  }
  if (!is_token(*access_token) || (refresh_token && !is_token(*refresh_token))) {
    return unusable("a token that is too long or holds characters no header may carry");
  }
  TokenAnswer parsed = read_beside_tokens(*answer);
  parsed.access_token = Secret(std::string(*access_token));
  if (refresh_token) {
    parsed.refresh_token = Secret(std::string(*refresh_token));
  }
  return parsed;
}

std::optional<TokenAnswer> rescue_refresh_token(const http::Body& body) {
  simdjson::dom::parser parser(limits::token_body_bytes_max);
  const auto answer = object_in(body, parser);
  if (!answer) {
    return std::nullopt;
  }
  const auto refresh_token = text_of(*answer, "refresh_token");
  if (!refresh_token || !is_token(*refresh_token)) {
    return std::nullopt;
  }
  TokenAnswer rescued = read_beside_tokens(*answer);
  rescued.refresh_token = Secret(std::string(*refresh_token));
  rescued.expires_in.reset();  // of an access token that is not there
  return rescued;
}

Failure failed_token_request(Failure failure) {
  if (failure.code == "body_too_large" || failure.code == "header_too_large") {
    failure.kind = FailureKind::retryable;
    failure.code = "token_answer_unusable";
  }
  return failure;
}

}  // namespace claimferry::oauth
