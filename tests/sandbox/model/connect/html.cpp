#include "tests/sandbox/model/connect/html.hpp"

#include <utility>

namespace claimferry::sandbox {
namespace {

// Without form-action: browsers hold it against every redirect that follows a form, and the
// member's way from the consent page leads to the app and on.
constexpr std::string_view content_policy =
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
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
        escaped += letter;
    }
  }
  return escaped;
}

std::string html_document(std::string_view title, std::string_view content) {
  std::string document =
      "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
  document.append(escape_html(title)).append("</title></head>\n<body>\n<h1>");
  document.append(escape_html(title)).append("</h1>\n");
  return document.append(content).append("</body>\n</html>\n");
}

Answer html_answer(unsigned status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.headers = {{"Content-Type", "text/html; charset=utf-8"},
                    {"Content-Security-Policy", std::string(content_policy)},
                    {"Cache-Control", "no-store"},
                    {"Referrer-Policy", "no-referrer"},
                    {"X-Content-Type-Options", "nosniff"}};
  answer.body = std::move(body);
  return answer;
}

}  // namespace claimferry::sandbox
