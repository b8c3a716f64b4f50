#include "tests/integration/sign_in.hpp"

#include <stdexcept>

#include "common/base/encoding.hpp"

namespace claimferry::integration {
namespace {

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto at = text.find(before);
  if (at == std::string::npos) {
    throw std::runtime_error("the page has no " + before + ": " + text.substr(0, 400));
  }
  const auto begin = at + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

std::string hidden(const std::string& page, const std::string& name) {
  return form_encode(between(page, "name=\"" + name + "\" value=\"", "\""));
}

std::string origin_of(const std::string& url) {
  return url.substr(0, url.find('/', url.find("://") + 3));
}

std::string absolute(const std::string& location, const std::string& asked) {
  return location.starts_with('/') ? origin_of(asked) + location : location;
}

Answer post(const std::string& asked, const std::string& page, const std::string& fields) {
  const std::string form =
      "request=" + hidden(page, "request") + "&form_token=" + hidden(page, "form_token") + fields;
  return ask("POST", absolute(between(page, "action=\"", "\""), asked), form,
             "Content-Type: application/x-www-form-urlencoded\r\n");
}

// The page behind an answer that redirects, or the answer itself.
Answer follow(Answer answer, std::string& url) {
  const std::string location = header_in(answer, "Location");
  if (location.empty()) {
    return answer;
  }
  url = absolute(location, url);
  return get(url);
}

}  // namespace

Answer get(const std::string& url) {
  return ask("GET", url);
}

std::string sign_in(const std::string& authorize_url, const Member& member) {
  std::string url = authorize_url;
  const Answer login = follow(get(url), url);
  Answer consent =
      post(url, login.body,
           "&username=" + form_encode(member.user) + "&password=" + form_encode(member.password));
  consent = follow(std::move(consent), url);
  const Answer sent_back =
      post(url, consent.body, std::string("&decision=") + (member.allows ? "allow" : "deny"));
  const std::string location = header_in(sent_back, "Location");
  if (location.empty()) {
    throw std::runtime_error("the payer sends nobody back: " + sent_back.head + sent_back.body);
  }
  return location;
}

}  // namespace claimferry::integration
