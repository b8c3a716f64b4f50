#include "tests/sandbox/model/answers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::array<const char*, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string outcome_of(std::string_view severity, std::string_view code, json::object details,
                       std::string_view diagnostics) {
  json::object issue;
  issue["severity"] = severity;
  issue["code"] = code;
  issue["details"] = std::move(details);
  if (!diagnostics.empty()) {
    issue["diagnostics"] = diagnostics;
  }
  json::object outcome;
  outcome["issue"] = json::array{std::move(issue)};
  outcome["id"] = "687401f2-0000-4000-8000-000000000000";
  outcome["resourceType"] = "OperationOutcome";
  return json::serialize(outcome);
}

}  // namespace

Answer json_answer(unsigned status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "application/json"},
                    {"Cache-Control", "no-cache, no-store"},
                    {"Pragma", "no-cache"}};
  answer.body = std::move(body);
  return answer;
}

Answer gateway_answer(unsigned status, std::string_view more_information) {
  json::object body;
  body["httpCode"] = std::to_string(status);
  body["httpMessage"] = reason_phrase(status);
  body["moreInformation"] = more_information;
  return json_answer(status, json::serialize(body));
}

Answer unauthorized_answer() {
  Answer answer = gateway_answer(401,
                                 "Cannot pass the security checks that are required by the "
                                 "target API or operation, Enable debug headers for more "
                                 "details.");
  answer.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  return answer;
}

Answer edge_denial() {
  Answer answer = json_answer(
      403,
      "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
      "You don't have permission to access this server.<P>\nReference&#32;&#35;18&#46;0\n"
      "</BODY>\n</HTML>\n");
  answer.headers.front().second = "text/html";
  return answer;
}

Answer excessive_traffic_answer() {
  json::object coding;
  coding["system"] = "http://hl7.org/fhir/ValueSet/operation-outcome";
  coding["code"] = "MSG_UNKNOWN_TYPE";
  coding["display"] = "We have detected excessive traffic coming from this IP";
  json::object details;
  details["coding"] = json::array{std::move(coding)};
  details["text"] = "Too Many Request";
  return json_answer(429, outcome_of("error", "transient", std::move(details), {}));
}

void ask_to_wait(Answer& answer, RetryAfter form, Duration wait, WallTime now) {
  switch (form) {
    case RetryAfter::none:
      break;
    case RetryAfter::seconds: {
      const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(wait), 1s);
      answer.headers.emplace_back("Retry-After", std::to_string(seconds.count()));
      answer.retry_after = seconds;
      break;
    }
    case RetryAfter::date: {
      const WallTime end = std::chrono::ceil<std::chrono::seconds>(now + wait);
      answer.headers.emplace_back("Retry-After", http_date(end));
      answer.retry_at = end;
      break;
    }
  }
}

std::string operation_outcome(std::string_view severity, std::string_view code,
                              std::string_view message_code, std::string_view diagnostics) {
  json::object coding;
  coding["system"] = "http://hl7.org/fhir/ValueSet/operation-outcome";
  coding["code"] = message_code;
  json::object details;
  details["coding"] = json::array{std::move(coding)};
  return outcome_of(severity, code, std::move(details), diagnostics);
}

Answer outcome_answer(unsigned status, std::string_view code, std::string_view message_code,
                      std::string_view diagnostics) {
  return json_answer(status, operation_outcome("error", code, message_code, diagnostics));
}

Answer oauth_error(unsigned status, std::string_view error, std::string_view description) {
  json::object body;
  body["error"] = error;
  body["error_description"] = description;
  return json_answer(status, json::serialize(body));
}

std::string http_date(WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                weekdays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 203:
      return "Non-Authoritative Information";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace claimferry::sandbox
